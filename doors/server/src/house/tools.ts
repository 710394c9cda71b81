import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  hash,
  randomBytes,
  verify as verifySignature,
} from 'node:crypto';
import { type Bytes, base64url, type Hmac, type Random, type Sha256 } from '@visor/record';
import type { VaultTools } from '@visor/vault';

/** The house's primitives, from Node's own OpenSSL; the rooms get them as arguments. */
export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
export const hmac: Hmac = (key, data) => createHmac('sha256', key).update(data).digest();
export const random: Random = (length) => randomBytes(length);

const TAG = 16;

export const vaultTools: VaultTools = {
  sha256,
  hmac,
  random,
  seal(key, nonce, plain, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open(key, nonce, sealed, aad) {
    if (sealed.length < TAG) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
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
