import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A cluster's `postmaster.pid`: the process id is its first line, its state the eighth. */
async function pidFile(cluster: string): Promise<readonly string[]> {
  try {
    return (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // node:fs errors carry a code
    throw error;
  }
}

const idIn = ([first]: readonly string[]): number | undefined => {
  const id = Number(first);
  return Number.isSafeInteger(id) && id > 1 ? id : undefined;
};

/** Whether the postmaster says that it takes connections; asking earlier only fills its log. */
export async function saysReady(cluster: string): Promise<boolean> {
  return (await pidFile(cluster))[7]?.trim() === 'ready';
}

export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there is one, but not ours; system errors carry a code
  }
}

/** Sends a signal; a process that has just ended by itself needs none. */
export function tell(id: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(id, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // system errors carry a code
  }
}

/** A postmaster enters its cluster at start, and the link in /proc cannot be forged by a copied file. */
async function worksIn(id: number, cluster: string): Promise<boolean> {
  try {
    const [there, here] = await Promise.all([
      stat(`/proc/${id}/cwd`, { bigint: true }),
      stat(cluster, { bigint: true }),
    ]);
    return there.dev === here.dev && there.ino === here.ino;
  } catch {
    return false; // ended, or another user's: then it cannot be the server of our cluster
  }
}

/**
 * The living postmaster of a cluster. The id in the file alone proves nothing: ids are given out again after a restart
 * of the machine, and a copied folder carries the id of the original's postmaster.
 */
export async function livingPostmaster(cluster: string): Promise<number | undefined> {
  const id = idIn(await pidFile(cluster));
  return id !== undefined && isAlive(id) && (await worksIn(id, cluster)) ? id : undefined;
}

const NO_PROCESS = 4_194_305; // one more than the highest id that Linux gives out

/**
 * Readies a pid file that an ended server left. PostgreSQL refuses to start while any process bears the id in it, be it
 * a stranger or a dead process that nobody has buried, so the id is replaced by one that nobody bears. The file stays:
 * it names the shared memory by which PostgreSQL finds sessions that outlived their server.
 * @returns whether there was such a file.
 */
export async function settleCrash(cluster: string): Promise<boolean> {
  const lines = await pidFile(cluster);
  const id = idIn(lines);
  if (id === undefined || (await worksIn(id, cluster))) return false;
  if (isAlive(id)) await writeFile(join(cluster, 'postmaster.pid'), [NO_PROCESS, ...lines.slice(1)].join('\n'));
  return true;
}

/** Waits until a process has ended. @returns false when it lives on after `limitMs`. */
export async function ended(id: number, limitMs: number): Promise<boolean> {
  const step = 20;
  for (let waited = 0; waited < limitMs; waited += step) {
    if (!isAlive(id)) return true;
    await pause(step);
  }
  return !isAlive(id);
}
