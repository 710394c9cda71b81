import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Database, type DatabasePlan, openDatabase } from '@visor/storage';

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs when the test ends; what was begun last ends first. */
export function atEnd(t: TestContext, ending: () => unknown): void {
  const all = endings.get(t) ?? [];
  if (all.length === 0) {
    t.after(async () => {
      for (const one of all.toReversed()) await one();
    });
  }
  all.push(ending);
  endings.set(t, all);
}

/** A folder that goes when the test ends. */
export async function freshFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'visor-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

let made: Promise<string> | undefined;

async function makeOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'visor-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await (await openDatabase({ folder: join(folder, 'database'), say: () => undefined })).stop();
  return join(folder, 'database');
}

/** The folder of a database that was made and stopped: one for all tests of a file, since making takes most of a second. */
export function madeFolder(): Promise<string> {
  made ??= makeOnce();
  return made;
}

export interface Opened {
  readonly db: Database;
  readonly folder: string;
  readonly said: string[];
}

/** The database of this test file with nothing in it; it stops when the test ends. */
export async function freshDatabase(t: TestContext, more: Partial<DatabasePlan> = {}): Promise<Opened> {
  const folder = await madeFolder();
  const said: string[] = [];
  const db = await openDatabase({ folder, say: (line) => said.push(line), ...more });
  atEnd(t, () => db.stop());
  await db.transaction((sql) => sql.script('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));
  return { db, folder, said };
}
