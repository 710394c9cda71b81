import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '@visor/ledger/store';
import { type Database, migrate, openDatabase } from '@visor/storage';

const made: string[] = [];
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes when this process ends. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'visor-ledger-'));
  made.push(folder);
  return folder;
}

/** PostgreSQL of its own with the ledger's tables, empty. */
export async function freshTables(): Promise<Database> {
  const db = await openDatabase({ folder: join(await freshFolder(), 'database'), say: () => undefined });
  await migrate(db, [migrations()]);
  return db;
}
