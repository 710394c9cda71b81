export interface Point {
  readonly size: number;
  readonly time: number; // any unit, above 0
}

/** The slope through the logarithms: 1 when time is in proportion to size, 2 when it is to its square. */
export function fittedExponent(points: readonly Point[]): number {
  const logs = points.map(({ size, time }) => [Math.log(size), Math.log(time)] as const);
  const [mx, my] = [0, 1].map((i) => logs.reduce((sum, pair) => sum + pair[i as 0 | 1], 0) / logs.length); // a pair has two places
  const rise = logs.reduce((sum, [x, y]) => sum + (x - mx!) * (y - my!), 0);
  return rise / logs.reduce((sum, [x]) => sum + (x - mx!) ** 2, 0);
}
