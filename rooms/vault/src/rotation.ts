/**
 * Secret rotations of a template: three rounds of sign flips and a Hadamard transform, then a permutation. Rotating keeps
 * every angle, so rotated templates compare like plain ones, and templates under two secrets have nothing in common to
 * compare. Whoever has the secret turns it back: this gives unlinkability and renewal, not irreversibility.
 */
import { type Bytes, Refusal } from '@visor/record';
import type { VaultTools } from './ports.ts';

export const SECRET_LENGTH = 32;
const ROUNDS = 3;

/** A rotation ready for use; see `rotationOf`. */
export interface Rotation {
  readonly signs: Float32Array; //   ROUNDS · length, each +1 or −1
  readonly places: Uint16Array; //   out[i] = in[places[i]]
}

/**
 * The rotation of a secret.
 * @param secret  32 random bytes that serve for this and nothing else: they key one AES-256-GCM keystream, from which
 *                all choices are drawn.
 * @param length  A power of two, 2 to 32,768: the numbers of one template.
 * @cost          About 15 µs for 512 numbers.
 */
export function rotationOf(tools: Pick<VaultTools, 'seal'>, secret: Bytes, length: number): Rotation {
  if (secret.length !== SECRET_LENGTH || !isPowerOfTwo(length)) throw new RangeError('32 bytes and a power of two');
  const signBytes = (ROUNDS * length) / 8;
  const stream = tools.seal(secret, new Uint8Array(12), new Uint8Array(signBytes + 4 * length), new Uint8Array(0));
  const signs = new Float32Array(ROUNDS * length);
  for (let i = 0; i < signs.length; i += 1) signs[i] = ((stream[i >> 3]! >> (i & 7)) & 1) * 2 - 1;
  return { signs, places: placesOf(stream.subarray(signBytes), length) };
}

const isPowerOfTwo = (n: number): boolean => n >= 16 && n <= 32_768 && (n & (n - 1)) === 0;

/** Fisher and Yates, with 32 bits a draw: the bias against a uniform permutation is below 2^-16 in all. */
function placesOf(stream: Bytes, length: number): Uint16Array {
  const draws = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const places = new Uint16Array(length);
  for (let i = 0; i < length; i += 1) {
    const j = Math.floor((draws.getUint32(4 * i) / 2 ** 32) * (i + 1));
    places[i] = places[j]!;
    places[j] = i;
  }
  return places;
}

/**
 * @param template  As many numbers as the rotation has; L2 norm and angles stay as they are, within float32.
 * @returns         A new array.
 * @cost            ROUNDS · n · log2 n additions; about 20 µs for 512 numbers.
 */
export function rotate(rotation: Rotation, template: Float32Array): Float32Array {
  const length = rotation.places.length;
  if (template.length !== length)
    throw new Refusal('face.template.shape', { length: template.length, expected: length });
  const work = Float64Array.from(template);
  for (let round = 0; round < ROUNDS; round += 1) {
    flip(work, rotation.signs, round * length);
    hadamard(work);
  }
  const scale = length ** (-ROUNDS / 2);
  const out = new Float32Array(length);
  for (let i = 0; i < length; i += 1) out[i] = work[rotation.places[i]!]! * scale;
  return out;
}

/** What was rotated, turned back. */
export function turnBack(rotation: Rotation, rotated: Float32Array): Float32Array {
  const length = rotation.places.length;
  if (rotated.length !== length) throw new Refusal('face.template.shape', { length: rotated.length, expected: length });
  const work = new Float64Array(length);
  for (let i = 0; i < length; i += 1) work[rotation.places[i]!] = rotated[i]!;
  for (let round = ROUNDS - 1; round >= 0; round -= 1) {
    hadamard(work);
    flip(work, rotation.signs, round * length);
  }
  const scale = length ** (-ROUNDS / 2);
  return Float32Array.from(work, (value) => value * scale);
}

/** From one rotation to another, without the person: new · old⁻¹. */
export const rotateOn = (from: Rotation, to: Rotation, rotated: Float32Array): Float32Array =>
  rotate(to, turnBack(from, rotated));

function flip(work: Float64Array, signs: Float32Array, from: number): void {
  for (let i = 0; i < work.length; i += 1) work[i]! *= signs[from + i]!;
}

/**
 * The fast Walsh-Hadamard transform in place, not scaled: its own inverse up to the factor n. Two stages are done at a
 * time, which halves the passes over the numbers; where their count is odd, the first is done alone.
 */
function hadamard(work: Float64Array): void {
  const n = work.length;
  let half = 1;
  if (Math.log2(n) % 2 === 1) {
    for (let i = 0; i < n; i += 2) butterfly(work, i, i + 1);
    half = 2;
  }
  for (; half < n; half *= 4) {
    for (let start = 0; start < n; start += 4 * half) {
      for (let i = start; i < start + half; i += 1) fourfold(work, i, half);
    }
  }
}

function butterfly(work: Float64Array, i: number, j: number): void {
  const a = work[i]!;
  const b = work[j]!;
  work[i] = a + b;
  work[j] = a - b;
}

function fourfold(work: Float64Array, i: number, half: number): void {
  const a = work[i]!;
  const b = work[i + half]!;
  const c = work[i + 2 * half]!;
  const d = work[i + 3 * half]!;
  const ab = a + b;
  const cd = c + d;
  const amb = a - b;
  const cmd = c - d;
  work[i] = ab + cd;
  work[i + half] = amb + cmd;
  work[i + 2 * half] = ab - cd;
  work[i + 3 * half] = amb - cmd;
}
