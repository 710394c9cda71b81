/** Numbers and tools for tests; a seed fixes every number. */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { type Bytes, utf8 } from '@visor/record';
import type { VaultTools } from '@visor/vault';

const bytesOf = (buffer: Buffer): Bytes => new Uint8Array(buffer);

export function seeded(seed: string): (length: number) => Bytes {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), new Uint8Array(16));
  return (length) => bytesOf(stream.update(new Uint8Array(length)));
}

export const toolsOf = (seed: string): VaultTools => ({
  sha256: (data) => bytesOf(createHash('sha256').update(data).digest()),
  hmac: (key, data) => bytesOf(createHmac('sha256', key).update(data).digest()),
  random: seeded(seed),
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
});

/** Standard normal numbers, by Box and Muller. */
export function normals(random: (length: number) => Bytes, count: number): Float64Array {
  const draws = new Uint32Array(random(4 * count).slice().buffer);
  const out = new Float64Array(count);
  for (let at = 0; at < count; at += 2) {
    const radius = Math.sqrt(-2 * Math.log((draws[at]! + 1) / 2 ** 32));
    const angle = 2 * Math.PI * (draws[at + 1]! / 2 ** 32);
    out[at] = radius * Math.cos(angle);
    out[at + 1] = radius * Math.sin(angle);
  }
  return out;
}

export function unitOf(numbers: Float64Array): Float32Array {
  let sum = 0;
  for (const value of numbers) sum += value * value;
  const out = new Float32Array(numbers);
  const norm = Math.sqrt(sum);
  for (let at = 0; at < out.length; at += 1) out[at]! /= norm;
  return out;
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

export const secret = (name: string): Bytes => bytesOf(createHash('sha256').update(utf8(name)).digest());
