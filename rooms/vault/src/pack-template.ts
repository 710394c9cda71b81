/**
 * A rotated template as the bytes that are sealed: one step width and one signed byte a number. Rotated numbers are all of
 * one size, so a byte loses nothing that a score could show; docs/decisions say what was measured.
 */
import { type Bytes, Refusal } from '@visor/record';

const FORM = 1;
const HEAD = 5; // form 1 | step width f32, big-endian
const LARGEST = 127;

/** @param rotated  L2 norm 1 ± 1e-3. @returns 5 bytes and one for each number. */
export function packTemplate(rotated: Float32Array): Bytes {
  let largest = 0;
  for (const value of rotated) largest = Math.max(largest, Math.abs(value));
  if (!(largest > 0 && largest < 2)) throw new Refusal('face.template.shape', { length: rotated.length });
  const out = new Uint8Array(HEAD + rotated.length);
  const view = new DataView(out.buffer);
  const step = Math.fround(largest / LARGEST);
  out[0] = FORM;
  view.setFloat32(1, step);
  for (let i = 0; i < rotated.length; i += 1) {
    view.setInt8(HEAD + i, Math.max(-LARGEST, Math.min(LARGEST, Math.round(rotated[i]! / step))));
  }
  return out;
}

/** The numbers again, brought back to length 1. @throws Refusal `face.template.shape` */
export function unpackTemplate(bytes: Bytes): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= HEAD || bytes[0] !== FORM) throw new Refusal('face.template.shape', { length: bytes.length });
  const out = new Float32Array(bytes.length - HEAD);
  let sum = 0;
  for (let i = 0; i < out.length; i += 1) {
    const value = view.getInt8(HEAD + i);
    out[i] = value;
    sum += value * value;
  }
  if (sum === 0) throw new Refusal('face.template.shape', { norm: 0 });
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < out.length; i += 1) out[i]! *= scale;
  return out;
}
