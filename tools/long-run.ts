/** The shape of a long run: a module of `tools/long/` with these four exports, which does nothing when it is imported. */

export interface LongTask {
  /** The most that is to be done. */
  readonly count: number;
  /** All chance comes from this unsigned 32-bit number, so that a failure can be run again. */
  readonly seed: number;
  /** Milliseconds since 1970; to be looked at between two tries. Infinity when the full count is wanted. */
  readonly deadline: number;
  readonly say: (line: string) => void;
}

export interface LongResult {
  readonly done: number;
  /** Sentences that name the seed and the number of the try; at most twenty. */
  readonly failures: readonly string[];
}

export interface LongRun {
  readonly name: string;
  /** What a run without --minutes does. */
  readonly full: number;
  run(task: LongTask): Promise<LongResult>;
}

/**
 * Numbers from 0 to 1 out of a seed, the same on every machine. Not for keys.
 * @source Marsaglia, Xorshift RNGs, Journal of Statistical Software 8(14), 2003: shifts 13, 17, 5.
 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0 || 0x9e3779b9; // zero would stay zero
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  for (let i = 0; i < 16; i += 1) next(); // seeds that differ little part ways
  return next;
}
