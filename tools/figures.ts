/** What benches print: a table for people, and as the last line one JSON object for programs. */

export type Cell = string | number;
export type Figures = Readonly<Record<string, number>>;

/** The first row is the heading; numbers are set to the right. */
export function printTable(rows: readonly (readonly Cell[])[]): void {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => String(row[at] ?? '').length)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, at) => (typeof cell === 'number' ? String(cell).padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** @throws RangeError when there is no figure, or one is not a finite number: a bench never prints what it did not measure. */
export function printFigures(bench: string, figures: Figures): void {
  const entries = Object.entries(figures);
  if (entries.length === 0) throw new RangeError(`${bench} measured nothing`);
  for (const [key, value] of entries) if (!Number.isFinite(value)) throw new RangeError(`${bench}: ${key} is ${value}`);
  console.log(JSON.stringify({ bench, figures }));
}

/** What a bench said last, or undefined when that is not a bench's last line. */
export function readFigures(bench: string, output: string): Figures | undefined {
  const line = output.trimEnd().split('\n').at(-1)!;
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  if (typeof said !== 'object' || said === null || !('bench' in said) || !('figures' in said)) return undefined;
  return said.bench === bench && isFigures(said.figures) ? said.figures : undefined;
}

function isFigures(value: unknown): value is Figures {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const numbers = Object.values(value);
  return numbers.length > 0 && numbers.every((one) => typeof one === 'number' && Number.isFinite(one));
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** @param p 0 to 100; the value between two is drawn straight. @throws RangeError without values, or for a share of 1 */
export function percentile(values: readonly number[], p: number): number {
  if (p < 0 || p > 100 || (p > 0 && p < 1)) throw new RangeError('a percentile is given from 0 to 100');
  if (values.length === 0) throw new RangeError('there is no percentile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const at = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** CPU seconds of this process so far, user and system. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
