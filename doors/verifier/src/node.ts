/** SHA-256 and Ed25519 of Node, for `verify`; a browser page hands in its own. */
import { createPublicKey, hash, verify } from 'node:crypto';
import type { Bytes } from '@visor/record';
import type { Tools } from './report.ts';

const SPKI = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]); // RFC 8410, before the 32 bytes

function verifyEd25519(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}

export const nodeTools: Tools = Object.freeze({
  sha256: (data: Bytes): Bytes => new Uint8Array(hash('sha256', data, 'buffer')),
  verify: verifyEd25519,
});
