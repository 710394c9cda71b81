import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { type Bytes, concat, utf8 } from '@visor/record';

const NONCE = 12;
const TAG = 16;

/** A Buffer's `slice` does not copy; what leaves this room is plain bytes. */
export const plain = (buffer: Buffer): Bytes => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export const sha256 = (data: Bytes): Bytes => plain(hash('sha256', data, 'buffer'));
// Node takes longer over raw key bytes than over a key object that was made from them a moment before.
export const hmac = (key: Bytes, data: Bytes): Bytes =>
  plain(createHmac('sha256', createSecretKey(key)).update(data).digest());
export const random = (length: number): Bytes => plain(randomBytes(length));

/** HKDF-SHA-256 without a salt, 32 bytes. The secret is uniformly random, so the info alone tells keys apart. */
export const subKey = (secret: Bytes, info: string): Bytes =>
  new Uint8Array(hkdfSync('sha256', createSecretKey(secret), new Uint8Array(0), utf8(info), 32));

/** nonce 12 | AES-256-GCM ciphertext | tag 16, with a fresh nonce. */
export function seal(key: Bytes, plain: Bytes, aad: Bytes): Bytes {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce);
  cipher.setAAD(aad);
  return concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What `seal` sealed under this key and this additional data, and undefined for anything else. */
export function open(key: Bytes, sealed: Bytes, aad: Bytes): Bytes | undefined {
  if (sealed.length < NONCE + TAG) return undefined;
  const tagAt = sealed.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), sealed.subarray(0, NONCE), {
    authTagLength: TAG,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const opened = decipher.update(sealed.subarray(NONCE, tagAt));
  try {
    decipher.final();
  } catch {
    return undefined; // node:crypto throws one thing here: the tag is not the one of these bytes
  }
  return new Uint8Array(opened);
}
