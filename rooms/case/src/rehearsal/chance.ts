/** Chance that a seed fixes, the same on every machine: for rehearsals, never for keys. */
import type { Bytes, Random } from '@visor/record';

/**
 * Whole numbers below 2^32.
 * @source Marsaglia, Xorshift RNGs, Journal of Statistical Software 8(14), 2003: shifts 13, 17, 5; the seed is
 *         folded by FNV-1a (32 bit, offset 2166136261, prime 16777619).
 */
function draws(seed: string): () => number {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0)!, 16777619) >>> 0;
  state ||= 1; // zero would stay zero
  return () => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

export function seededBytes(seed: string): Random {
  const draw = draws(seed);
  return (length): Bytes => new Uint8Array(length).map(() => draw() >>> 24);
}

/** Whole numbers from 0 to before `most`, at most 2^32. */
export function seededWhole(seed: string): (most: number) => number {
  const draw = draws(seed);
  return (most) => Math.floor((draw() / 2 ** 32) * most);
}
