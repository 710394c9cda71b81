import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, Fault } from '@visor/record';

/** Reads a whole file of at most `most` bytes; undefined when there is none. */
export async function readWhole(folder: string, name: string, most: number): Promise<Bytes | undefined> {
  const file = await openIfThere(join(folder, name), 'r');
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > most) throw new Fault('keeper', 'A file of the keeper is larger than it ever writes.', { size, most });
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string, flags: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Fault('keeper', 'A file of the keeper cannot be opened.', {}, { cause });
  }
}

/**
 * Puts a new file in the place of an old one: whole or not at all, durable when it returns. What stood in the old one
 * is overwritten after that, so that a destroyed key does not lie in a free block of a disk that writes in place.
 */
export async function replaceWhole(folder: string, name: string, bytes: Bytes): Promise<void> {
  const path = join(folder, name);
  const old = await openIfThere(path, 'r+');
  try {
    await writeDurably(`${path}.new`, bytes);
    await rename(`${path}.new`, path);
    await syncFolder(folder);
    if (old !== undefined) await overwrite(old);
  } finally {
    await old?.close();
  }
}

async function writeDurably(path: string, bytes: Bytes): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function overwrite(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  await file.write(new Uint8Array(size), 0, size, 0);
  await file.sync();
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
