/** How time grows with size, for tests of parsers: the slope of a line through the logarithms. */

export interface Point {
  readonly size: number;
  readonly time: number; // any unit, above 0
}

/** 1 when time is in proportion to size, 2 when it is in proportion to its square. */
export function fittedExponent(points: readonly Point[]): number {
  const logs = points.map(({ size, time }) => ({ x: Math.log(size), y: Math.log(time) }));
  const mx = logs.reduce((sum, { x }) => sum + x, 0) / logs.length;
  const my = logs.reduce((sum, { y }) => sum + y, 0) / logs.length;
  const rise = logs.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return rise / logs.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}

/**
 * Microseconds of CPU that the work takes, the least of some runs: a busy machine only ever adds. Of the process, since a
 * kernel may count that of one thread in steps of four milliseconds.
 */
export function leastCpu(work: () => unknown, runs = 8): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return Math.max(least, 1);
}
