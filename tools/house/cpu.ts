import { readdirSync, readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** CPU seconds of the process and of its children that have ended. */
  readonly cpu: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    return { pid, parent: Number(fields[1]), cpu: ticks / TICKS_A_SECOND };
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

/** CPU seconds that a process and everything below it have used so far: server, keeper, face children, PostgreSQL. */
export function cpuOfTree(root: number, more: readonly number[] = []): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined);
  const wanted = new Set([root, ...more]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of stats) {
      if (wanted.has(parent) && !wanted.has(pid)) {
        wanted.add(pid);
        grown = true;
      }
    }
  }
  return stats.filter(({ pid }) => wanted.has(pid)).reduce((sum, { cpu }) => sum + cpu, 0);
}
