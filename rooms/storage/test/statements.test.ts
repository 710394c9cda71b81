import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Fault } from '@visor/record';
import { isUniqueViolation, oneTrip, openDatabase, type SqlPart, sqlStateOf } from '@visor/storage';
import fc from 'fast-check';
import { atEnd, freshDatabase } from './fresh-database.ts';

const raising = (code: string): string => `DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '${code}'; END $$`;

test('values come back as the JavaScript values that mean the same', async (t) => {
  const { db } = await freshDatabase(t);
  const rows = [
    { what: 'a bigint that a number holds', sql: '9007199254740991::bigint', value: 9007199254740991 },
    { what: 'a bigint beyond', sql: '9007199254740993::bigint', value: 9007199254740993n },
    { what: 'a negative bigint', sql: '(-9007199254740992)::bigint', value: -9007199254740992n },
    { what: 'a count', sql: '(SELECT count(*) FROM generate_series(1, 3))', value: 3 },
    { what: 'bytes', sql: String.raw`'\x00ff10'::bytea`, value: new Uint8Array([0, 255, 16]) },
    { what: 'no bytes', sql: String.raw`'\x'::bytea`, value: new Uint8Array() },
    { what: 'several byte strings', sql: String.raw`ARRAY['\x01'::bytea, NULL]`, value: [new Uint8Array([1]), null] },
    { what: 'several bigints', sql: 'ARRAY[[1, 2]]::bigint[]', value: [[1, 2]] },
    { what: 'json', sql: `'{"a":[1]}'::jsonb`, value: { a: [1] } },
    { what: 'a time stays text', sql: `'2026-01-02 03:04:05'::timestamp`, value: '2026-01-02 03:04:05' },
    { what: 'nothing', sql: 'NULL::bigint', value: null },
  ];
  for (const { what, sql, value } of rows) {
    const [row] = await db.query<{ value: unknown }>({ text: `SELECT ${sql} AS value` });
    assert.deepEqual(row?.value, value, what);
  }
});

test('one trip answers what its parts would answer one after the other', async (t) => {
  const { db } = await freshDatabase(t);
  const value = fc.oneof(fc.integer(), fc.stringMatching(/^[ -~]{0,8}$/));
  const parts = fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(parts, async (lists) => {
      const trip = lists.map((values, i): SqlPart => {
        const columns = values.map((_, j) => `$${j + 1}::text AS v${j}, '$${j + 1}''$9' AS l${j} /* $7 */`);
        return { name: `p${i}`, text: `SELECT ${columns.join(', ')}`, values };
      });
      const select = `SELECT ${lists.map((_, i) => `(SELECT to_jsonb(p${i}) FROM p${i}) AS p${i}`).join(', ')}`;
      const [together] = await db.query<Record<string, unknown>>(oneTrip(trip, select));
      for (const [i, values] of lists.entries()) {
        const expected = values.flatMap((one, j) => [
          [`v${j}`, String(one)],
          [`l${j}`, `$${j + 1}'$9`],
        ]);
        assert.deepEqual(together?.[`p${i}`], Object.fromEntries(expected));
      }
    }),
    { seed: 20261124, numRuns: 40 },
  );
});

test('one trip is all or nothing', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (name text PRIMARY KEY)' });
  const insert = (name: string, what: string): SqlPart => ({
    name,
    text: 'INSERT INTO thing VALUES ($1)',
    values: [what],
  });
  await db.query(oneTrip([insert('first', 'a')], 'SELECT 1'));
  await assert.rejects(db.query(oneTrip([insert('first', 'b'), insert('second', 'a')], 'SELECT 1')), (error) =>
    isUniqueViolation(error, 'thing_pkey'),
  );
  assert.deepEqual(await db.query({ text: 'SELECT name FROM thing' }), [{ name: 'a' }]);
});

test('a trip whose parts do not fit together is refused before it is sent', () => {
  const part = (name: string, text: string, ...values: unknown[]): SqlPart => ({ name, text, values });
  const table = [
    { what: 'too few values', parts: [part('a', 'SELECT $1, $2', 1)], select: 'SELECT 1' },
    { what: 'too many values', parts: [part('a', 'SELECT $1', 1, 2)], select: 'SELECT 1' },
    { what: 'one name twice', parts: [part('a', 'SELECT 1'), part('a', 'SELECT 2')], select: 'SELECT 1' },
    { what: 'a name that is SQL', parts: [part('a AS (SELECT 1), b', 'SELECT 1')], select: 'SELECT 1' },
    { what: 'a parameter in the closing select', parts: [part('a', 'SELECT $1', 1)], select: 'SELECT $1' },
  ];
  for (const { what, parts, select } of table) assert.throws(() => oneTrip(parts, select), RangeError, what);
});

test('the same shape of trip is prepared once, whatever its values', async (t) => {
  const { db } = await freshDatabase(t);
  const trip = (value: number) =>
    oneTrip([{ name: 'given', text: 'SELECT $1::int AS n', values: [value] }], 'SELECT n FROM given');
  const prepared = await db.transaction(async (sql) => {
    for (let n = 0; n < 5; n += 1) assert.deepEqual(await sql.query(trip(n)), [{ n }]);
    return sql.query<{ name: string }>({ text: "SELECT name FROM pg_prepared_statements WHERE name LIKE 'given%'" });
  });
  assert.equal(prepared.length, 1);
  assert.match(prepared[0]!.name, /^given_[0-9a-f]{16}$/);
});

test('what a failed statement was about stands neither in the error nor in the log of the server', async (t) => {
  const canary = 'canary-of-a-name-7f3a';
  const { db, folder } = await freshDatabase(t);
  await db.query({
    text: `CREATE TABLE thing (name text PRIMARY KEY, size integer CHECK (size < 5), at bigint NOT NULL)`,
  });
  const insert = (...values: unknown[]) =>
    db.query({ name: 'thing', text: 'INSERT INTO thing VALUES ($1, $2, $3)', values });
  await insert(canary, 1, 1);
  const attempts = [
    { what: 'a key that is there already', run: () => insert(canary, 1, 1) },
    { what: 'a failed check', run: () => insert(`${canary} 2`, 9, 1) },
    { what: 'a missing value', run: () => insert(`${canary} 3`, 1, null) },
    { what: 'a value of another type', run: () => insert('x', canary, 1) },
    { what: 'the literal in the statement', run: () => db.query({ text: `SELECT '${canary}'::bigint` }) },
    { what: 'a raised message', run: () => db.query({ text: `DO $$ BEGIN RAISE EXCEPTION '${canary}'; END $$` }) },
    { what: 'a session that was ended', run: () => endedWhileRunning(db, canary) },
  ];
  for (const { what, run } of attempts) {
    await assert.rejects(run, (error) => !inspect(error, { depth: 20, showHidden: true }).includes(canary), what);
  }
  await db.stop();
  const log = await readFile(join(folder, 'postgres.log'), 'utf8');
  assert.ok(log.includes('database system is shut down'), 'the log is the one of this server');
  assert.ok(!log.includes(canary));
  assert.ok(await anyFileHolds(join(folder, 'cluster', 'base'), canary), 'the same search finds the row that was kept');
});

/** A backend that dies by a signal makes the server write what it was doing. */
async function endedWhileRunning(db: Awaited<ReturnType<typeof freshDatabase>>['db'], canary: string): Promise<never> {
  const running = db.query({ text: `SELECT pg_sleep(60), '${canary}'` });
  for (;;) {
    const rows = await db.query<{ pid: number }>({
      text: `SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND wait_event = 'PgSleep'`,
    });
    if (rows[0] !== undefined) {
      process.kill(rows[0].pid, 'SIGKILL');
      break;
    }
  }
  await running;
  throw new Error('the statement of a killed session came to an end');
}

async function anyFileHolds(folder: string, needle: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(needle)) return true;
  }
  return false;
}

test('a failed statement says its kind by SQLSTATE, and mistakes in our own SQL are not faults', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (name text PRIMARY KEY)' });
  const table = [
    { what: 'a lock that was not got', text: raising('55P03'), state: '55P03' },
    { what: 'a full disk', text: raising('53100'), state: '53100' },
    { what: 'a damaged page', text: raising('XX001'), state: 'XX001' },
    { what: 'a missing table', text: 'SELECT * FROM nothing', state: undefined },
    { what: 'a value of another type', text: `SELECT 'x'::int`, state: undefined },
  ];
  for (const { what, text, state } of table) {
    await assert.rejects(
      db.query({ text }),
      (error) => error instanceof Fault === (state !== undefined) && sqlStateOf(error) === state,
      what,
    );
  }
  assert.deepEqual(await db.query({ text: 'SELECT 1 AS still' }), [{ still: 1 }]);
});

test('a session that met a broken server is not used again, one that met a refused statement is', async (t) => {
  const { db: own } = await freshDatabase(t);
  const db = await openDatabase({ folder: '', url: own.url, say: () => undefined, connections: 1 });
  atEnd(t, () => db.stop());
  const session = async (): Promise<number> =>
    (await db.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' }))[0]!.pid;
  const table = [
    { what: 'a lock that was not got', code: '55P03', same: true },
    { what: 'a wrong value', code: '22P02', same: true },
    { what: 'a damaged page', code: 'XX001', same: false },
    { what: 'a failed read', code: '58030', same: false },
  ];
  for (const { what, code, same } of table) {
    const before = await session();
    await assert.rejects(db.query({ text: raising(code) }));
    assert.equal((await session()) === before, same, what);
  }
});
