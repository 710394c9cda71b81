import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, type Random, Refusal } from '@visor/record';
import { readWhole, syncFolder } from './folder.ts';

const NAME = 'house.root';
const LENGTH = 32;

/** The house root as it lies in file mode: 32 bytes, readable by the keeper alone. */
export async function readRoot(folder: string): Promise<Bytes | undefined> {
  const root = await readWhole(folder, NAME, LENGTH);
  if (root !== undefined && root.length !== LENGTH) throw new Refusal('keeper.foreign', { what: 'root' });
  return root;
}

/** Draws a root and writes it, unless one is there. */
export async function makeRoot(folder: string, random: Random): Promise<Bytes> {
  const root = random(LENGTH);
  const file: FileHandle = await open(join(folder, NAME), 'wx', 0o600);
  try {
    await file.writeFile(root);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
  return root;
}
