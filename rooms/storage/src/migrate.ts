import { join } from 'node:path';
import { Refusal } from '@visor/record';
import type { Database, Transaction } from './database.ts';
import { type Migration, readMigrations } from './migration-file.ts';
import type { Sql } from './sql.ts';

const OWN_FOLDER = join(import.meta.dirname, '..', 'migrations');
const LOCK_ROW = 0;

interface Row {
  readonly number: number;
  readonly sha256: string;
}

/**
 * Brings the tables up to date, each migration in a transaction of its own. Starters that come together take turns at
 * the row with number 0, so each migration runs once.
 * @param folders  The migration folders of the other rooms; storage's own is read in any case.
 * @returns the names of the migrations that this call applied, in order.
 * @throws Refusal `storage.newer` when the database has a migration that is unknown here, `storage.history` when an
 *         applied one was changed, or when one was left out before an applied one of its room; Fault `database`.
 */
export async function migrate(db: Database, folders: readonly string[]): Promise<readonly string[]> {
  const own = await readMigrations([OWN_FOLDER]);
  const all = await readMigrations([OWN_FOLDER, ...folders]);
  const applied: string[] = [];
  if (await firstTable(db, own[0]!)) applied.push(own[0]!.name);
  const had = await checkHistory(db, all);
  for (const migration of all) {
    if (had.has(migration.number)) continue;
    if (await db.transaction((sql) => applyOnce(sql, migration, all))) applied.push(migration.name);
  }
  return applied;
}

/** The first migration makes the table that remembers migrations, so there is no row yet at which to take turns. */
async function firstTable(db: Database, first: Migration): Promise<boolean> {
  if (await tableStands(db)) return false;
  try {
    await db.transaction(async (sql) => {
      await sql.script(first.text);
      await remember(sql, first);
    });
    return true;
  } catch (error) {
    if (await tableStands(db)) return false; // another starter made it in the same moment
    throw error;
  }
}

async function tableStands(db: Database): Promise<boolean> {
  const [found] = await db.query<{ present: boolean }>({
    text: `SELECT to_regclass('migration') IS NOT NULL AS present`,
  });
  return found?.present === true;
}

async function applyOnce(sql: Transaction, migration: Migration, all: readonly Migration[]): Promise<boolean> {
  await sql.query({ text: 'SELECT number FROM migration WHERE number = $1 FOR UPDATE', values: [LOCK_ROW] });
  if ((await checkHistory(sql, all)).has(migration.number)) return false;
  await sql.script(migration.text);
  await remember(sql, migration);
  return true;
}

/** @returns the numbers that the database has had, all of them known and unchanged. */
async function checkHistory(sql: Sql, all: readonly Migration[]): Promise<ReadonlySet<number>> {
  const rows = await sql.query<Row>({ text: 'SELECT number, sha256 FROM migration WHERE number > 0 ORDER BY number' });
  const had = new Set(rows.map(({ number }) => number));
  const hashes = await hashesOf(sql, all);
  for (const { number, sha256 } of rows) {
    const known = all.find((migration) => migration.number === number);
    if (known === undefined) throw new Refusal('storage.newer', { migration: number });
    if (hashes.get(number) !== sha256) throw new Refusal('storage.history', { migration: number, changed: true });
    const left = all.find((one) => one.folder === known.folder && one.number < number && !had.has(one.number));
    if (left !== undefined) throw new Refusal('storage.history', { migration: left.number, missing: true });
  }
  return had;
}

/** The server hashes: this room computes no digests of its own. */
async function hashesOf(sql: Sql, all: readonly Migration[]): Promise<ReadonlyMap<number, string>> {
  const rows = await sql.query<Row>({
    text: `SELECT number, encode(sha256(convert_to(body, 'UTF8')), 'hex') AS sha256
      FROM unnest($1::int[], $2::text[]) AS file (number, body)`,
    values: [all.map(({ number }) => number), all.map(({ text }) => text)],
  });
  return new Map(rows.map(({ number, sha256 }) => [number, sha256]));
}

async function remember(sql: Sql, { number, name, text }: Migration): Promise<void> {
  await sql.query({
    text: `INSERT INTO migration (number, name, sha256, applied_at)
      VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`,
    values: [number, name, text],
  });
}
