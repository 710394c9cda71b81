const STEP = 20; // bands of 0.05

/** The band of a score, e.g. `0.40..0.45`: coarse, so that nobody climbs along it. @param score  −1 to 1. */
export function bandOf(score: number): string {
  const low = Math.min(Math.floor(score * STEP), STEP - 1);
  return `${(low / STEP).toFixed(2)}..${((low + 1) / STEP).toFixed(2)}`;
}
