import { readFile, rm, stat } from 'node:fs/promises';
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

async function writtenProcess(cluster: string): Promise<number | undefined> {
  const id = Number((await pidFile(cluster))[0]);
  return Number.isSafeInteger(id) && id > 1 ? id : undefined;
}

/** Whether the postmaster says that it takes connections; asking earlier only fills its log. */
export async function saysReady(cluster: string): Promise<boolean> {
  return (await pidFile(cluster))[7]?.trim() === 'ready';
}

export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there is one, but not ours
  }
}

/** Whether the process works in this folder. A postmaster enters its cluster at start; the link in /proc cannot be forged by a copied file. */
async function worksIn(id: number, cluster: string): Promise<boolean> {
  try {
    const [there, here] = await Promise.all([
      stat(`/proc/${id}/cwd`, { bigint: true }),
      stat(cluster, { bigint: true }),
    ]);
    return there.dev === here.dev && there.ino === here.ino;
  } catch {
    return false; // gone meanwhile, or another user's: then it cannot be the owner of our cluster
  }
}

/**
 * The living postmaster of a cluster. The id in the file alone proves nothing: ids are given out again after a restart
 * of the machine, and a copied folder carries the id of the original's postmaster.
 */
export async function livingPostmaster(cluster: string): Promise<number | undefined> {
  const id = await writtenProcess(cluster);
  return id !== undefined && isAlive(id) && (await worksIn(id, cluster)) ? id : undefined;
}

/** Takes away a pid file whose process is alive but somebody else: PostgreSQL itself would refuse to start over it. */
export async function dropForeignPid(cluster: string): Promise<boolean> {
  const id = await writtenProcess(cluster);
  if (id === undefined || !isAlive(id) || (await worksIn(id, cluster))) return false;
  await rm(join(cluster, 'postmaster.pid'), { force: true });
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
