import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = 'half-';

/**
 * Lends `work` an empty folder beside what it makes, so that what is whole can be put in place by renaming it. What an
 * earlier start left when it was killed is cleared away; nobody else is at work here, since starts take turns.
 * @template T
 * @param {string} parent @param {(folder: string) => Promise<T>} work
 */
export async function inHalf(parent, work) {
  await mkdir(parent, { recursive: true });
  for (const entry of await readdir(parent)) {
    if (entry.startsWith(NAME)) await rm(join(parent, entry), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(parent, NAME));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
