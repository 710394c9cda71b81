import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  createSecretKey,
  randomBytes,
  verify as verifySignature,
} from 'node:crypto';
import { hmacWith } from '@visor/ledger';
import { openDigest } from '@visor/ledger/store';
import { type Bytes, base64url, type Hmac, type Random, type Sha256 } from '@visor/record';
import type { VaultTools } from '@visor/vault';

/** The house's primitives, which the rooms get as arguments. By length, whichever of two implementations is faster; an entry takes some sixty digests (`npm run bench -- ledger`). */
export const sha256: Sha256 = await openDigest();
export const hmac: Hmac = hmacWith(sha256);

const POOL = 64 * 1024;
let pool = randomBytes(POOL);
let used = 0;

/**
 * Strong bytes, drawn ahead: an entry takes a dozen small draws, and each call into OpenSSL costs more than the bytes.
 * What was handed out is overwritten in the pool, so that no key lies there longer than its user keeps it.
 */
export const random: Random = (length) => {
  if (length > POOL / 16) return randomBytes(length);
  if (used + length > POOL) {
    pool = randomBytes(POOL);
    used = 0;
  }
  const drawn = new Uint8Array(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return drawn;
};

const TAG = 16;

export const vaultTools: VaultTools = {
  sha256,
  hmac,
  random,
  seal(key, nonce, plain, aad) {
    // Node takes longer over raw key bytes than over a key object that was made from them a moment before.
    const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce);
    cipher.setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, nonce, sealed, aad) {
    if (sealed.length < TAG) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, { authTagLength: TAG });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const plain = decipher.update(sealed.subarray(0, sealed.length - TAG));
    try {
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      return undefined; // OpenSSL has one answer for every wrong key and every changed byte
    }
  },
};

export function verifyEd25519(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) }, format: 'jwk' });
  return verifySignature(null, message, key, signature);
}
