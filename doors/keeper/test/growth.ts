/** The exponent with which time grows with size: the slope of the line through their logarithms. */
export function exponentOf(points: readonly { readonly size: number; readonly time: number }[]): number {
  const logs = points.map(({ size, time }) => [Math.log(size), Math.log(Math.max(time, 1))] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, log) => sum + log[at], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const rise = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return rise / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

/** Microseconds of CPU that the work takes, the least of some runs: a busy machine only ever adds. */
export function cpuOf(work: () => unknown): number {
  const runs = Array.from({ length: 6 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...runs);
}
