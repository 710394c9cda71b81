import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type Database, FORMAT, migrate, openHouse, sqlStateOf } from '@visor/storage';
import { freshDatabase, freshFolder } from './fresh-database.ts';

const HEADER = '-- Why: a test asks for it.\n-- Changes: a table.\n-- Takes: nothing.\n-- Undo: drop it.\n';
const OWN = ['0001-remember-migrations.sql', '0002-found-house.sql'];

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await freshFolder(t);
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), HEADER + sql);
  return folder;
}

const tables = async (db: Database): Promise<readonly string[]> =>
  (
    await db.query<{ name: string }>({
      text: `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    })
  ).map(({ name }) => name);

test('migrations of all rooms run in the order of their numbers, each once', async (t) => {
  const { db } = await freshDatabase(t);
  const late = await folderOf(t, { '0900-make-roof.sql': 'CREATE TABLE roof (n integer REFERENCES wall)' });
  const early = await folderOf(t, {
    '0101-fill-wall.sql': 'INSERT INTO wall VALUES (1); INSERT INTO wall VALUES (2)',
    '0100-make-wall.sql': 'CREATE TABLE wall (n integer PRIMARY KEY)',
  });
  const all = [...OWN, '0100-make-wall.sql', '0101-fill-wall.sql', '0900-make-roof.sql'];
  assert.deepEqual(await migrate(db, [late, early]), all);
  assert.deepEqual(await migrate(db, [late, early]), []);
  assert.deepEqual(await tables(db), ['house', 'migration', 'roof', 'wall']);
  const [row] = await db.query<{ at: number; sha256: string }>({
    text: 'SELECT applied_at AS at, sha256 FROM migration WHERE number = 100',
  });
  assert.ok(Math.abs(Date.now() - row!.at) < 60_000);
  assert.match(row!.sha256, /^[0-9a-f]{64}$/);
});

test('a migration that fails leaves nothing of itself, and the ones before it stay', async (t) => {
  const { db } = await freshDatabase(t);
  const folder = await folderOf(t, {
    '0100-make-wall.sql': 'CREATE TABLE wall (n integer PRIMARY KEY)',
    '0101-break-wall.sql': 'CREATE TABLE half (n integer); INSERT INTO wall VALUES (1), (1)',
  });
  await assert.rejects(migrate(db, [folder]), (error) => sqlStateOf(error) === '23505');
  assert.deepEqual(await tables(db), ['house', 'migration', 'wall']);
  await writeFile(join(folder, '0101-break-wall.sql'), `${HEADER}INSERT INTO wall VALUES (1)`);
  assert.deepEqual(await migrate(db, [folder]), ['0101-break-wall.sql']);
});

const CHANGES = [
  {
    what: 'a changed migration',
    change: (folder: string) => writeFile(join(folder, '0100-make-wall.sql'), `${HEADER} `),
    code: 'storage.history',
    facts: { migration: 100, changed: true },
  },
  {
    what: 'one slipped in before an applied one',
    change: (folder: string) => writeFile(join(folder, '0105-make-door.sql'), HEADER),
    code: 'storage.history',
    facts: { migration: 105, missing: true },
  },
  {
    what: 'a renumbered one',
    change: (folder: string) => rename(join(folder, '0110-make-roof.sql'), join(folder, '0111-make-roof.sql')),
    code: 'storage.newer',
    facts: { migration: 110 },
  },
  {
    what: 'a database of a newer Visor',
    change: (folder: string) => rm(join(folder, '0110-make-roof.sql')),
    code: 'storage.newer',
    facts: { migration: 110 },
  },
];

for (const { what, change, code, facts } of CHANGES) {
  test(`a history with ${what} is refused, and nothing is applied`, async (t) => {
    const { db } = await freshDatabase(t);
    const folder = await folderOf(t, {
      '0100-make-wall.sql': 'CREATE TABLE wall (n integer)',
      '0110-make-roof.sql': 'CREATE TABLE roof (n integer)',
    });
    await migrate(db, [folder]);
    await change(folder);
    await writeFile(join(folder, '0120-make-yard.sql'), `${HEADER}CREATE TABLE yard (n integer)`);
    await assert.rejects(migrate(db, [folder]), { code, facts });
    assert.ok(!(await tables(db)).includes('yard'));
  });
}

test('a file that is no migration is a mistake that names the file', async (t) => {
  const { db } = await freshDatabase(t);
  const table = [
    { what: 'a name without a number', files: { 'make-wall.sql': '' }, says: /make-wall\.sql is not called/ },
    { what: 'a name without a noun', files: { '0100-make.sql': '' }, says: /0100-make\.sql is not called/ },
    { what: 'a number that storage has', files: { '0001-make-wall.sql': '' }, says: /two migrations have the number/ },
  ];
  for (const { what, files, says } of table)
    await assert.rejects(migrate(db, [await folderOf(t, files)]), { name: 'Error', message: says }, what);
  for (const line of HEADER.trimEnd().split('\n')) {
    const folder = await folderOf(t, {});
    await writeFile(join(folder, '0100-make-wall.sql'), HEADER.replace(line, '-- And: so on.'));
    await assert.rejects(migrate(db, [folder]), { name: 'Error', message: /has no line/ }, line);
  }
  assert.deepEqual(await tables(db), []);
});

test('several who migrate at once each see the whole, and each migration runs once', async (t) => {
  const { db } = await freshDatabase(t);
  const folder = await folderOf(t, {
    '0100-make-wall.sql': 'CREATE TABLE wall (n integer)',
    '0101-fill-wall.sql': 'INSERT INTO wall VALUES (1)',
    '0102-fill-again.sql': 'INSERT INTO wall VALUES (2)',
  });
  const program = join(import.meta.dirname, 'migrate-once.ts');
  const run = () => promisify(execFile)(process.execPath, [program, db.url, folder]);
  const ends = await Promise.all([run(), run(), migrate(db, [folder]), migrate(db, [folder])]);
  const applied = ends.flatMap((end): readonly string[] => ('stdout' in end ? JSON.parse(end.stdout) : end));
  assert.deepEqual(applied.toSorted(), [...OWN, '0100-make-wall.sql', '0101-fill-wall.sql', '0102-fill-again.sql']);
  assert.deepEqual(await db.query({ text: 'SELECT n FROM wall ORDER BY n' }), [{ n: 1 }, { n: 2 }]);
});

test('a house is founded once; of several founders one wins and all agree', async (t) => {
  const { db } = await freshDatabase(t);
  await migrate(db, []);
  const houses = await Promise.all(['a', 'b', 'c'].map((id, now) => openHouse(db, { id, now })));
  assert.equal(new Set(houses.map(({ id }) => id)).size, 1);
  assert.deepEqual(await openHouse(db, { id: 'd', now: 9 }), houses[0]);
  assert.equal(houses[0]!.format, FORMAT);
  await db.query({ text: 'UPDATE house SET format = format + 1' });
  await assert.rejects(openHouse(db, { id: 'd', now: 9 }), { code: 'storage.newer' });
});
