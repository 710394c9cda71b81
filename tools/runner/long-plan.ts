/** Reads what a long run is asked to do. */

export interface LongPlan {
  readonly seed: number;
  readonly minutes: number; // Infinity: the full counts
  readonly only: string | undefined;
}

/** The plan, or a sentence that says what is wrong with the arguments. */
export function readLongPlan(args: readonly string[], freshSeed: number): LongPlan | string {
  let plan: LongPlan = { seed: freshSeed, minutes: Number.POSITIVE_INFINITY, only: undefined };
  for (let at = 0; at < args.length; at += 2) {
    const [flag, value] = [args[at]!, args[at + 1]];
    if (value === undefined) return `${flag} needs a value`;
    if (flag === '--only') plan = { ...plan, only: value };
    else if (flag === '--minutes' && /^\d+(\.\d+)?$/.test(value) && Number(value) > 0)
      plan = { ...plan, minutes: Number(value) };
    else if (flag === '--seed' && /^(\d{1,10}|[0-9a-f]{7,40})$/.test(value)) plan = { ...plan, seed: seedOf(value) };
    else return `${flag} ${value} is not understood`;
  }
  return plan;
}

/** A number is its own seed, a commit is the seed of its first eight digits. */
function seedOf(value: string): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.parseInt(value.slice(0, 8), 16);
  return number >>> 0;
}
