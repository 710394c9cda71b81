/** Prints what a check found, holds it against the list of old breaches, and says with its exit code whether all is well. */
import type { Breach } from './plan.ts';

export interface Finding {
  readonly check: string;
  readonly read: number;
  readonly breaches: readonly Breach[];
  readonly owing: readonly string[];
}

/** The lines to print and whether the check passed. A check that read nothing has not passed. */
export function verdictOn({ check, read, breaches, owing }: Finding): { lines: string[]; passed: boolean } {
  const found = breaches.map(({ file, says }) => `${file}: ${says}`);
  const fresh = breaches.filter(({ file, says }) => !owing.includes(`${file}: ${says}`));
  const paid = owing.filter((breach) => !found.includes(breach));
  const lines = [
    ...fresh.map(({ file, line, says }) => `${file}:${line}: ${says}`),
    ...paid.map((breach) => `paid off, delete it from rooms.json: ${breach}`),
    `${check}: ${read} files read, ${found.length} breaches, ${fresh.length} new, ${paid.length} paid off`,
  ];
  if (read === 0) lines.push(`${check}: nothing was read, so nothing was checked`);
  return { lines, passed: read > 0 && fresh.length === 0 && paid.length === 0 };
}

export function reportAndExit(finding: Finding): void {
  const { lines, passed } = verdictOn(finding);
  for (const line of lines) console.log(line);
  process.exitCode = passed ? 0 : 1;
}
