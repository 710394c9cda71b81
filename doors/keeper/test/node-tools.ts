/** The primitives that rooms are handed, from Node's own OpenSSL. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import type { Bytes } from '@visor/record';
import type { VaultTools } from '@visor/vault';

const bytesOf = (buffer: Buffer): Bytes => new Uint8Array(buffer);
export const random = (length: number): Bytes => bytesOf(randomBytes(length));

export const tools: VaultTools = {
  sha256: (data) => bytesOf(createHash('sha256').update(data).digest()),
  hmac: (key, data) => bytesOf(createHmac('sha256', key).update(data).digest()),
  random,
  seal(key, nonce, plain, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    return bytesOf(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  },
  open(key, nonce, sealed, aad) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    const bytes = decipher.update(sealed.subarray(0, sealed.length - 16));
    try {
      return bytesOf(Buffer.concat([bytes, decipher.final()]));
    } catch {
      return undefined;
    }
  },
};
