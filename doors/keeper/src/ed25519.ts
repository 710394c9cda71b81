import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Bytes, concat, fromHex } from '@visor/record';
import { plain } from './cipher.ts';

// RFC 8410: the fixed DER around a seed and around a public key of Ed25519.
const PRIVATE = fromHex('302e020100300506032b657004220420');
const PUBLIC = fromHex('302a300506032b6570032100');

export interface SigningKey {
  readonly publicKey: Bytes; // 32
  sign(message: Bytes): Bytes; // 64; the same message gives the same bytes
}

/** @param seed  32 bytes, RFC 8032. */
export function signingKey(seed: Bytes): SigningKey {
  const key = createPrivateKey({ key: Buffer.from(concat([PRIVATE, seed])), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(PUBLIC.length)),
    sign: (message) => plain(sign(null, message, key)),
  };
}

export function verifyEd25519(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  return verify(null, message, publicKeyOf(publicKey), signature);
}

const publicKeyOf = (bytes: Bytes): KeyObject =>
  createPublicKey({ key: Buffer.from(concat([PUBLIC, bytes])), format: 'der', type: 'spki' });
