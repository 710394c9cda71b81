import type { Timers } from '@visor/ledger/store';
import { type Instant, instant } from '@visor/record';

/** A clock that stands until it is moved, and the timers that hang on it. */
export class Stage implements Timers {
  #time = 1_700_000_000_000;
  #due: { readonly at: number; readonly work: () => void }[] = [];

  readonly now = (): Instant => instant(this.#time);

  after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#time + milliseconds, work };
    this.#due.push(timer);
    return () => {
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  /** Moves the clock and lets everything happen that is due, and what follows from it. */
  async pass(milliseconds: number): Promise<void> {
    this.#time += milliseconds;
    const due = this.#due.filter(({ at }) => at <= this.#time);
    this.#due = this.#due.filter(({ at }) => at > this.#time);
    for (const { work } of due) work();
    await this.settle();
  }

  /** Lets everything run that waits for nothing but its turn. */
  async settle(turns = 4): Promise<void> {
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
