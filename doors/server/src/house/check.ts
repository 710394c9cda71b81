import { statfs } from 'node:fs/promises';
import { equalBytes, type Json } from '@visor/record';
import type { House } from './house.ts';
import { allSites } from './sites.ts';

const LEAST_FREE = 2 ** 30;

/** The house looks at itself: one line a part, and whether all is well. */
export async function checkHouse(house: House): Promise<Json> {
  const parts = [
    await looked('database', async () => `answers; ${(await allSites(house.db)).length} sites`),
    await looked('keeper', () => headsAgree(house)),
    await looked(
      'ledger',
      async () => `takes entries; ${house.ledger.entries} so far`,
      () => house.ledger.admit(),
    ),
    await looked('faces', async () => `${house.faces?.children ?? 0} children with checked models`),
    await looked('disk', () => diskFree(house.folder)),
  ];
  return { good: parts.every((part) => part.good), parts };
}

interface Part {
  readonly [name: string]: Json;
  readonly part: string;
  readonly good: boolean;
  readonly says: string;
}

async function looked(part: string, look: () => Promise<string>, first: () => void = () => undefined): Promise<Part> {
  try {
    first();
    return { part, good: true, says: await look() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { part, good: false, says: error.message };
  }
}

/** The keeper remembers every head that it signed; the ledger must have the same ones. */
async function headsAgree(house: House): Promise<string> {
  const remembered = await house.keeper.heads();
  for (const { origin, size, root } of remembered) {
    const head = await house.ledger.head(origin);
    if (head === undefined || head.size < size || (head.size === size && !equalBytes(head.root, root))) {
      throw new Error(`The keeper signed ${size} entries of ${origin}, and the ledger does not have them.`);
    }
  }
  return `remembers ${remembered.length} heads, and the ledger has them`;
}

async function diskFree(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < LEAST_FREE) throw new Error(`only ${Math.floor(free / 2 ** 20)} MiB are free`);
  return `${Math.floor(free / 2 ** 30)} GiB free`;
}
