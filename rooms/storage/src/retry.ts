import { setTimeout as pause } from 'node:timers/promises';
import { mayRunAgain } from './failure.ts';

const MOST_RUNS = 6;

/**
 * The one retry: a serialization failure (40001) or deadlock (40P01) rolled everything back, so the same work runs
 * again, at most six times, with pauses that double from 4 ms and are stretched by `jitter` (0 to 1).
 * @throws whatever the last run threw.
 */
export async function runAgain<T>(work: () => Promise<T>, jitter: () => number): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayRunAgain(error) || run === MOST_RUNS) throw error;
      await pause(2 ** (run + 1) * (1 + jitter()));
    }
  }
}
