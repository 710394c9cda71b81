import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, Refusal } from '@visor/record';
import { type Chosen, runProgram } from './run-as.ts';
import { initArguments } from './settings.ts';

/**
 * Makes the cluster unless it is there. It is made under another name and renamed when whole, so a power cut in the
 * middle leaves nothing that looks like a database.
 * @throws Refusal `storage.server-version` when another major version made it; Fault `database`.
 */
export async function makeCluster(chosen: Chosen, cluster: string, say: (line: string) => void): Promise<void> {
  const found = await majorOf(cluster);
  if (found === undefined) {
    say('Making the database folder.');
    const half = `${cluster}.half`;
    await rm(half, { recursive: true, force: true });
    const { code } = await runProgram(chosen, [chosen.binaries.initdb, ...initArguments(half)]);
    if (code !== 0)
      throw new Fault('database', 'The database folder could not be made; is the disk full?', { code: code ?? -1 });
    await rename(half, cluster);
  } else if (found !== chosen.major) {
    throw new Refusal('storage.server-version', { folder: found, server: chosen.major });
  }
}

async function majorOf(cluster: string): Promise<number | undefined> {
  try {
    return Number(await readFile(join(cluster, 'PG_VERSION'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // node:fs errors carry a code
    throw new Fault('database', 'The database folder cannot be read by this user.', {}, { cause: error });
  }
}
