import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, base64, hex, utf8 } from '@visor/record';
import { type Database, openDatabase } from '@visor/storage';
import { type Mark, templateMarks, wordMarks } from './marks.ts';
import { type Found, makeSearcher, searchFolder } from './search.ts';

export interface RawSearch {
  readonly bytes: number;
  readonly found: readonly Found[];
  readonly canaryFound: boolean;
}

/** Made up for one search: a template of nobody and a name of nobody, planted in five ways. */
export interface Canary {
  readonly template: Float32Array;
  readonly word: string;
}

export function makeCanary(random: (length: number) => Bytes): Canary {
  const noise = random(512);
  return { template: Float32Array.from(noise, (byte) => (byte - 127.5) / 1_448), word: `canary-${hex(random(8))}` };
}

const bytesOf = (t: Float32Array): Bytes => new Uint8Array(t.buffer, t.byteOffset, t.byteLength);

const PLANTED = ['file', 'base64 file', 'table', 'heap', 'word'] as const;

/**
 * Searches everything that a stopped house left: each file of its folder byte by byte, and each table as text,
 * since a database may compress what it stores. What was planted has to be found by the same search.
 */
export async function searchRaw(folder: string, marks: readonly Mark[], canary: Canary): Promise<RawSearch> {
  const searcher = makeSearcher([
    ...marks,
    ...templateMarks('canary', canary.template),
    ...wordMarks('canary', canary.word),
  ]);
  await appendFile(join(folder, 'canary.bin'), bytesOf(canary.template));
  await appendFile(join(folder, 'canary.txt'), `a line\n{"t":"${base64(bytesOf(canary.template))}"}\n${canary.word}\n`);
  const db = await openDatabase({ folder: join(folder, 'database'), say: () => undefined });
  try {
    await plantInTable(db, canary);
    for (const table of await tables(db)) {
      const rows = await db.query<{ row: string }>({ text: `SELECT t::text AS row FROM ${table} t` });
      for (const { row } of rows) searcher.feed(`table ${table}`, utf8(row));
      searcher.end();
    }
  } finally {
    await db.stop();
  }
  await searchFolder(searcher, folder, ['models', 'runtime']);
  const hits = searcher.found.filter((found) => found.mark.what === 'canary').map(placeOf);
  return {
    bytes: searcher.bytes,
    found: searcher.found.filter((found) => found.mark.what !== 'canary'),
    canaryFound: PLANTED.every((place) => hits.includes(place)),
  };
}

function placeOf({ where, mark }: Found): (typeof PLANTED)[number] | 'elsewhere' {
  if (where === 'canary.bin') return 'file';
  if (where === 'canary.txt')
    return mark.form === 'text' ? 'word' : mark.form.includes('base64') ? 'base64 file' : 'elsewhere';
  if (where.startsWith('table ')) return 'table';
  return where.startsWith('database') ? 'heap' : 'elsewhere';
}

async function plantInTable(db: Database, canary: Canary): Promise<void> {
  await db.query({ text: 'CREATE TABLE canary (site text, template bytea)' });
  await db.query({ text: 'ALTER TABLE canary ALTER template SET STORAGE EXTERNAL' });
  await db.query({
    text: 'INSERT INTO canary VALUES ($1, $2)',
    values: ['none', Buffer.from(bytesOf(canary.template))],
  });
  await db.query({ text: 'CHECKPOINT' });
}

async function tables(db: Database): Promise<readonly string[]> {
  const rows = await db.query<{ name: string }>({
    text: `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
  });
  return rows.map((row) => row.name);
}
