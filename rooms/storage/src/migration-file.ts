import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  readonly number: number;
  readonly name: string; //   NNNN-verb-noun.sql
  readonly folder: string;
  readonly text: string;
}

const HEADERS = ['Why', 'Changes', 'Takes', 'Undo'] as const;

/**
 * Reads the migrations of several rooms, lowest number first.
 * @throws Error for a file that breaks the rules of `NNNN-verb-noun.sql`, which only a developer can mend.
 */
export async function readMigrations(folders: readonly string[]): Promise<readonly Migration[]> {
  const found: Migration[] = [];
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) found.push(await readMigration(folder, name));
  }
  found.sort((a, b) => a.number - b.number);
  for (const [i, { number, name }] of found.entries()) {
    if (found[i - 1]?.number === number) throw new Error(`two migrations have the number of ${name}`);
  }
  return found;
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const shape = /^(\d{4})-[a-z]+(?:-[a-z0-9]+)+\.sql$/.exec(name);
  if (shape === null) throw new Error(`${name} is not called NNNN-verb-noun.sql`);
  const text = await readFile(join(folder, name), 'utf8');
  for (const header of HEADERS) {
    if (!new RegExp(`^-- ${header}: +\\S`, 'm').test(text)) throw new Error(`${name} has no line "-- ${header}: …"`);
  }
  return { number: Number(shape[1]), name, folder, text };
}
