import { randomBytes } from 'node:crypto';
import { FACE_MODEL, unit } from '@visor/face';

/** Standard normal numbers, by Box and Muller. */
export function normals(count: number): Float32Array {
  const draws = new Uint32Array(new Uint8Array(randomBytes(4 * count)).buffer);
  const out = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const radius = Math.sqrt(-2 * Math.log((draws[at]! + 1) / 2 ** 32));
    const angle = (2 * Math.PI * draws[at + 1]!) / 2 ** 32;
    out[at] = radius * Math.cos(angle);
    out[at + 1] = radius * Math.sin(angle);
  }
  return out;
}

export const drawnTemplate = (): Float32Array => unit(normals(FACE_MODEL.length));

/** Another picture of the same person, at about this cosine. */
export function again(of: Float32Array, cosine: number): Float32Array {
  const other = drawnTemplate();
  const rest = Math.sqrt(1 - cosine * cosine);
  return unit(of.map((value, at) => cosine * value + rest * other[at]!));
}
