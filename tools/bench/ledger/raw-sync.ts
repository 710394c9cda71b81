import { open, rm } from 'node:fs/promises';

const BLOCK = 4096;
const BLOCKS = 4096;

/** How often a second one block of a file that is filled already can be written over and synced: what the disk allows. */
export async function rawSyncs(path: string, milliseconds: number): Promise<number> {
  const file = await open(path, 'w');
  try {
    await file.write(new Uint8Array(BLOCK * BLOCKS));
    await file.sync();
    const block = new Uint8Array(BLOCK).fill(1);
    const began = performance.now();
    let count = 0;
    for (; performance.now() - began < milliseconds; count += 1) {
      await file.write(block, 0, BLOCK, (count % BLOCKS) * BLOCK);
      await file.datasync();
    }
    return (count / (performance.now() - began)) * 1000;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
