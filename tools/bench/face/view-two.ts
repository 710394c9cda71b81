import type { Pair } from './lfw.ts';

export interface Scored {
  readonly fold: number;
  readonly same: boolean;
  readonly score: number; // -Infinity where a face was missed
}

const FOLDS = 10;

/**
 * LFW's View 2: for each fold, the threshold that is best on the other nine decides its 600 pairs.
 * @returns the mean share of right decisions and its standard deviation over the folds.
 */
export function viewTwo(scored: readonly Scored[]): { accuracy: number; deviation: number } {
  const shares = Array.from({ length: FOLDS }, (_, fold) => {
    const threshold = bestThreshold(scored.filter((pair) => pair.fold !== fold));
    const held = scored.filter((pair) => pair.fold === fold);
    return held.filter(({ score, same }) => score >= threshold === same).length / held.length;
  });
  const accuracy = mean(shares);
  return { accuracy, deviation: Math.sqrt(mean(shares.map((share) => (share - accuracy) ** 2))) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The score from which on to accept, with the most right decisions; the middle of the best stretch. */
function bestThreshold(scored: readonly Scored[]): number {
  const sorted = [...scored].sort((a, b) => a.score - b.score);
  let right = sorted.filter(({ same }) => same).length; // everything is accepted
  let best = { right, from: 0, to: 0 };
  for (const [at, { same }] of sorted.entries()) {
    right += same ? -1 : 1;
    if (right > best.right) best = { right, from: at + 1, to: at + 1 };
    else if (right === best.right && best.to === at) best = { ...best, to: at + 1 };
  }
  const cut = Math.floor((best.from + best.to) / 2);
  const [below, above] = [sorted[Math.max(0, cut - 1)]!.score, sorted[Math.min(sorted.length - 1, cut)]!.score];
  return Number.isFinite(below) ? (below + above) / 2 : above;
}

/** Where genuine and impostor scores err alike, as a share. */
export function equalErrorRate(scored: readonly Scored[]): number {
  const sorted = [...scored].sort((a, b) => a.score - b.score);
  const genuine = sorted.filter(({ same }) => same).length;
  const impostors = sorted.length - genuine;
  let [refused, accepted] = [0, impostors];
  for (const { same } of sorted) {
    if (same) refused += 1;
    else accepted -= 1;
    if (refused / genuine >= accepted / impostors) return (refused / genuine + accepted / impostors) / 2;
  }
  return 1;
}

export function scorePairs(
  pairs: readonly Pair[],
  score: (a: string, b: string) => number | undefined,
): readonly Scored[] {
  return pairs.map(({ fold, same, a, b }) => ({ fold, same, score: score(a, b) ?? Number.NEGATIVE_INFINITY }));
}
