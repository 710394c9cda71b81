/** Waiting, as an argument: a test decides when time passes. */
export interface Timers {
  /** Calls `work` once, after so many milliseconds; the answer calls it off. */
  after(milliseconds: number, work: () => void): () => void;
}

export const realTimers: Timers = {
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
