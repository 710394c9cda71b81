/** Counts what ran, and keeps what has to be said at the end. */

export interface Outcome {
  readonly title: string; //      the file or the check
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly string[];
  /** A name and the reason it was left out. */
  readonly skips: readonly string[];
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function tallyOf(outcomes: readonly Outcome[]): Tally {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    failed: outcomes.reduce((sum, { failures }) => sum + failures.length, 0),
    skipped: outcomes.reduce((sum, { skips }) => sum + skips.length, 0),
  };
}

/** The last line of a test run; what counts runs reads it. */
export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** A run in which nothing ran has not passed. */
export const exitCodeOf = ({ passed, failed }: Tally): 0 | 1 => (failed > 0 || passed === 0 ? 1 : 0);
