/** A receipt, checked as anybody would who has nothing but the house's key. */
import assert from 'node:assert/strict';
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { checkDisclosure, openCheckpoint, verifyInclusion } from '@visor/ledger';
import { type Bytes, base64url, fromBase64 } from '@visor/record';
import type { Receipt } from '@visor/vault';
import { tools } from './small-house.ts';

export function verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
  return verifySignature(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

/** The fields that it shows, once it is proved. */
export function shownBy(receipt: Receipt, logKey: Bytes): Record<string, unknown> {
  const checked = checkDisclosure(tools.sha256, receipt.entry);
  const head = openCheckpoint({ sha256: tools.sha256, verify }, receipt.checkpoint, logKey);
  assert.equal(head.origin, receipt.entry.log);
  verifyInclusion(tools.sha256, {
    ...{ leafHash: checked.leafHash, index: receipt.entry.index, size: receipt.size },
    ...{ proof: receipt.proof.map(fromBase64), root: head.root },
  });
  return Object.fromEntries(checked.opened.map(({ slot, name, value }) => [`${slot}.${name}`, value]));
}
