/**
 * How far two templates of one person under different rotations can be told from templates of two people: D_sys of
 * Gomez-Barrero et al. (IEEE TIFS 2018), from the scores of mated and non-mated pairs, beside what the same estimator
 * says where there is nothing to find.
 */
import type { Random } from '@visor/record';

const BINS = 50;
const FLOOR_DRAWS = 100;

export interface Linkability {
  readonly pairs: number; //     scores on each side
  readonly dSys: number; //      0 fully unlinkable, 1 fully linkable
  readonly floorP95: number; //  95th percentile of D_sys over permutations of the labels
}

/**
 * @param mated, nonMated  Scores of equal number, at least 100, of pairs of the same and of different people.
 * @param random           Draws the permutations of the floor.
 * @throws RangeError      for fewer or unequal numbers of scores.
 * @cost                   About a hundred passes over the scores.
 */
export function linkability(mated: Float64Array, nonMated: Float64Array, random: Random): Linkability {
  if (mated.length !== nonMated.length || mated.length < 100)
    throw new RangeError('as many mated as non-mated scores, at least 100');
  const all = Float64Array.from([...mated, ...nonMated]);
  const bins = binsOf(all);
  const half = mated.length;
  const dSys = dSysOf(bins, half);
  const floor = Array.from({ length: FLOOR_DRAWS }, () => dSysOf(shuffled(bins, random), half)).sort((a, b) => a - b);
  return { pairs: half, dSys, floorP95: floor[Math.floor(0.95 * FLOOR_DRAWS)]! };
}

/** The bin of every score, between the smallest and the largest one. */
function binsOf(scores: Float64Array): Uint8Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const score of scores) {
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  const width = (high - low) / BINS || 1;
  return Uint8Array.from(scores, (score) => Math.min(BINS - 1, Math.floor((score - low) / width)));
}

/** D_sys with equal priors: over the mated density, how much more likely a score is mated than not. */
function dSysOf(bins: Uint8Array, half: number): number {
  const mated = new Float64Array(BINS);
  const other = new Float64Array(BINS);
  for (let i = 0; i < bins.length; i += 1) (i < half ? mated : other)[bins[i]!]! += 1 / half;
  let sum = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    const [m, o] = [mated[bin]!, other[bin]!];
    if (m > o) sum += m * (2 * (m / (m + o)) - 1);
  }
  return sum;
}

function shuffled(bins: Uint8Array, random: Random): Uint8Array {
  const out = bins.slice();
  const bytes = random(4 * out.length);
  const draws = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor((draws.getUint32(4 * i) / 2 ** 32) * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
