import assert from 'node:assert/strict';
import { Refusal } from '@visor/record';

/** The code with which the work is refused; anything else that it throws is a bug and thrown on. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'no refusal';
}

/** Seeded numbers from 0 to below `end`. */
export function chanceOf(seed: number): (end: number) => number {
  let state = seed >>> 0 || 1;
  return (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' linear congruence; only to choose places
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Changes, drops, doubles or adds a few bytes, as a stranger might. */
export function mutated(bytes: Uint8Array, chance: (end: number) => number): Uint8Array {
  const list = [...bytes];
  for (let times = 1 + chance(3); times > 0; times -= 1) {
    const at = chance(list.length + 1);
    const what = chance(5);
    if (what === 0) list[Math.min(at, list.length - 1)] = chance(256);
    else if (what === 1) list.splice(at, 1 + chance(8));
    else if (what === 2) list.splice(at, 0, ...Array.from({ length: 1 + chance(8) }, () => chance(256)));
    else if (what === 3) list.splice(at, 0, ...list.slice(at, at + chance(40)));
    else list.length = at;
  }
  return Uint8Array.from(list);
}

/**
 * Feeds so many mutations of a good input: each is either refused by one of the codes, or reads as something that is
 * written back as the very bytes that were read.
 */
export function fuzz(
  good: Uint8Array,
  { count, seed, codes }: { count: number; seed: number; codes: readonly string[] },
  readAndWrite: (bytes: Uint8Array) => Uint8Array,
): void {
  const chance = chanceOf(seed);
  let refused = 0;
  for (let i = 0; i < count; i += 1) {
    const bytes = mutated(good, chance);
    const code = refusalOf(() => assert.deepEqual(readAndWrite(bytes), bytes, `seed ${seed}, input ${i}`));
    if (code === 'no refusal') continue;
    assert.ok(codes.includes(code), `seed ${seed}, input ${i}: ${code}`);
    refused += 1;
  }
  assert.ok(refused > count / 2, `only ${refused} of ${count} were refused`);
}

/** The slope of the line through the logarithms of size and time: 1 when time is in proportion to size. */
export function growth(sizes: readonly number[], work: (size: number) => () => unknown): number {
  const jobs = sizes.map((size) => ({ size, job: work(size), least: Number.POSITIVE_INFINITY }));
  // sizes in turn, so that a slow moment of the machine meets all of them; the least counts, for others only ever add
  for (let round = 0; round < 4; round += 1) {
    for (const one of jobs) one.least = Math.min(one.least, costOf(one.job));
  }
  const points = jobs.map(({ size, least }) => ({ x: Math.log(size), y: Math.log(least) }));
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const rise = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return rise / points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const ENOUGH = 40_000; // µs of this thread; some machines count in steps of four thousand

/** Microseconds of this thread that one run takes: as many runs are counted as are needed to measure them. */
function costOf(job: () => unknown): number {
  const before = process.threadCpuUsage();
  for (let runs = 1, times = 1; ; times *= 2, runs += times) {
    for (let i = 0; i < times; i += 1) job();
    const { user, system } = process.threadCpuUsage(before);
    if (user + system >= ENOUGH) return (user + system) / runs;
  }
}
