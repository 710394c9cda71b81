/** The same bytes made durable by others: PostgreSQL rows, SQLite rows, and tile files batch by batch. */
import { hash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Bytes } from '@visor/record';
import type { Database } from '@visor/storage';

/** Appends a second. */
export type Rate = number;

export interface Load {
  readonly row: Bytes; // what one entry takes in a frame
  readonly milliseconds: number;
}

const elapsed = (began: number): number => performance.now() - began;

export async function prepareRows(db: Database): Promise<void> {
  await db.query({
    text: 'CREATE TABLE IF NOT EXISTS bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row bytea NOT NULL)',
  });
  await db.query({ text: 'ALTER TABLE bench_row ALTER COLUMN row SET STORAGE EXTERNAL' });
  await db.query({ text: 'ALTER TABLE bench_row SET (toast_tuple_target = 8160)' }); // in the row, as cheap as it gets
}

/** Single rows, each committed, from so many clients at once. */
export async function postgresRows(db: Database, { row, milliseconds }: Load, clients: number): Promise<Rate> {
  const began = performance.now();
  let count = 0;
  const client = async (): Promise<void> => {
    for (; elapsed(began) < milliseconds; count += 1) {
      await db.query({ name: 'bench_row', text: 'INSERT INTO bench_row (row) VALUES ($1)', values: [row] });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (count / elapsed(began)) * 1000;
}

/** So many rows a statement, one statement after the other. */
export async function postgresBulk(db: Database, { row, milliseconds }: Load, rows: number): Promise<Rate> {
  const values = [Array.from({ length: rows }, () => row)];
  const began = performance.now();
  let count = 0;
  for (; elapsed(began) < milliseconds; count += rows) {
    await db.query({ name: 'bench_bulk', text: 'INSERT INTO bench_row (row) SELECT unnest($1::bytea[])', values });
  }
  return (count / elapsed(began)) * 1000;
}

/** So many rows a transaction, synchronous=FULL: what as many writers waiting for one commit get. */
export function sqliteRows(path: string, { row, milliseconds }: Load, rows: number): Rate {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, row BLOB NOT NULL)',
    );
    const insert = db.prepare('INSERT INTO row (row) VALUES (?)');
    const began = performance.now();
    let count = 0;
    for (; elapsed(began) < milliseconds; count += rows) {
      db.exec('BEGIN');
      for (let i = 0; i < rows; i += 1) insert.run(row);
      db.exec('COMMIT');
    }
    return (count / elapsed(began)) * 1000;
  } finally {
    db.close();
  }
}

/**
 * The way of logs that write their public files in every batch: bundle, hash tile and checkpoint, each beside, synced,
 * renamed, the folder synced. An imitation of that order of writes, without signatures or proofs.
 */
export async function tileFiles(folder: string, { row, milliseconds }: Load, rows: number): Promise<Rate> {
  await mkdir(folder, { recursive: true });
  const began = performance.now();
  let count = 0;
  for (; elapsed(began) < milliseconds; count += rows) {
    const [index, width] = [Math.floor(count / 256), (count % 256) + rows];
    const hashes = new Uint8Array(width * 32);
    for (let i = 0; i < rows; i += 1) hashes.set(hash('sha256', row, 'buffer'), (width - rows + i) * 32);
    await durableFile(folder, `entries-${index}-${width}`, repeated(row, width));
    await durableFile(folder, `tile-${index}-${width}`, hashes);
    await durableFile(folder, 'checkpoint', hashes.subarray(0, 256));
  }
  return (count / elapsed(began)) * 1000;
}

function repeated(row: Bytes, count: number): Bytes {
  const all = new Uint8Array(row.length * count);
  for (let i = 0; i < count; i += 1) all.set(row, i * row.length);
  return all;
}

async function durableFile(folder: string, name: string, bytes: Bytes): Promise<void> {
  const file = await open(join(folder, `${name}.new`), 'w');
  await file.write(bytes);
  await file.sync();
  await file.close();
  await rename(join(folder, `${name}.new`), join(folder, name));
  const parent = await open(folder, 'r');
  await parent.sync();
  await parent.close();
}
