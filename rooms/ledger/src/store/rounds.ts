import { Fault, Refusal } from '@visor/record';
import type { Timers } from './timers.ts';

export interface Round {
  readonly name: string; // for the one sentence that says that it failed
  readonly every: number; // ms between the end of one and the beginning of the next
  readonly work: () => Promise<void>;
  /** Called for a Refusal, which the next round will not mend. */
  readonly refused: (error: Refusal) => void;
}

/** Things done again and again in the background. A Fault is said once and tried again; a bug is nobody's to catch. */
export class Rounds {
  readonly #timers: Timers;
  readonly #say: (line: string) => void;
  readonly #off = new Set<() => void>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(timers: Timers, say: (line: string) => void) {
    this.#timers = timers;
    this.#say = say;
  }

  begin(round: Round): void {
    this.#next(round, { failing: false });
  }

  #next(round: Round, state: { failing: boolean }): void {
    if (this.#stopped) return;
    const off = this.#timers.after(round.every, () => {
      this.#off.delete(off);
      const running = this.#once(round, state).finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
    this.#off.add(off);
  }

  async #once(round: Round, state: { failing: boolean }): Promise<void> {
    try {
      await round.work();
      state.failing = false;
    } catch (error) {
      if (error instanceof Refusal) round.refused(error);
      else if (!(error instanceof Fault)) throw error;
      if (!state.failing) this.#say(`${round.name} did not succeed and is tried again: ${error.message}`);
      state.failing = true;
    }
    this.#next(round, state);
  }

  /** Begins no more and waits for the ones that run. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const off of this.#off) off();
    await Promise.all(this.#running);
  }
}
