import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Database, isUniqueViolation, sqlStateOf, type Transaction } from '@visor/storage';
import { freshDatabase } from './fresh-database.ts';

const raising = (code: string): string => `DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '${code}'; END $$`;

/** Adds one row, then fails with these codes on the first runs. */
async function addAfter(db: Database, codes: readonly string[]): Promise<{ runs: number; error?: unknown }> {
  let runs = 0;
  const work = async (sql: Transaction): Promise<void> => {
    runs += 1;
    await sql.query({ text: 'INSERT INTO thing VALUES ($1)', values: [runs] });
    const code = codes[runs - 1];
    if (code !== undefined) await sql.script(raising(code));
  };
  try {
    await db.transaction(work);
    return { runs };
  } catch (error) {
    return { runs, error };
  }
}

test('a transaction that lost a race runs again and leaves the rows of one run', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (run integer PRIMARY KEY)' });
  const table = [
    { what: 'no failure', codes: [], runs: 1, left: [1] },
    { what: 'a serialization failure', codes: ['40001'], runs: 2, left: [2] },
    { what: 'a deadlock, then a serialization failure', codes: ['40P01', '40001'], runs: 3, left: [3] },
    {
      what: 'one failure too many',
      codes: Array.from({ length: 9 }, () => '40001'),
      runs: 6,
      left: [],
      state: '40001',
    },
    { what: 'another failure', codes: ['55P03'], runs: 1, left: [], state: '55P03' },
  ];
  for (const { what, codes, runs, left, state } of table) {
    await db.query({ text: 'DELETE FROM thing' });
    const outcome = await addAfter(db, codes);
    assert.equal(outcome.runs, runs, what);
    assert.equal(sqlStateOf(outcome.error), state, what);
    const rows = await db.query<{ run: number }>({ text: 'SELECT run FROM thing' });
    assert.deepEqual(
      rows.map(({ run }) => run),
      left,
      what,
    );
  }
});

test('two transactions that wait for each other both come to an end', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (name text PRIMARY KEY, touched integer NOT NULL)' });
  await db.query({ text: `INSERT INTO thing VALUES ('a', 0), ('b', 0)` });
  const touch = (sql: Transaction, name: string) =>
    sql.query({ text: 'UPDATE thing SET touched = touched + 1 WHERE name = $1', values: [name] });
  const meeting = Promise.withResolvers<void>();
  let there = 0;
  const crossing = (first: string, second: string) =>
    db.transaction(async (sql) => {
      await touch(sql, first);
      there += 1;
      if (there === 2) meeting.resolve();
      await meeting.promise;
      await touch(sql, second);
    });
  await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
  assert.equal(there, 3, 'one of them was chosen as the victim and ran again');
  assert.deepEqual(await db.query({ text: 'SELECT DISTINCT touched FROM thing' }), [{ touched: 2 }]);
});

test('a statement outside a transaction that lost a race runs again', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE SEQUENCE tries' });
  await db.query({
    text: `DO $$ BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END IF; END $$`,
  });
  assert.deepEqual(await db.query({ text: 'SELECT last_value FROM tries' }), [{ last_value: 3 }]);
});

test('what the work throws rolls back, and the session is of use afterwards', async (t) => {
  const { db } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (name text PRIMARY KEY)' });
  const mistake = new Error('of the caller');
  await assert.rejects(
    db.transaction(async (sql) => {
      await sql.query({ text: `INSERT INTO thing VALUES ('a')` });
      throw mistake;
    }),
    (error) => error === mistake,
  );
  await assert.rejects(
    db.transaction((sql) => sql.script(`INSERT INTO thing VALUES ('a'); INSERT INTO thing VALUES ('a')`)),
    (error) => isUniqueViolation(error),
  );
  for (let i = 0; i < 40; i += 1) assert.deepEqual(await db.query({ text: 'SELECT name FROM thing' }), []);
});

test('a notice wakes those who listen for its channel and nobody else', async (t) => {
  const { db } = await freshDatabase(t);
  const woken = Promise.withResolvers<void>();
  let others = 0;
  await db.listen('things', () => woken.resolve());
  await db.listen('stones', () => (others += 1));
  const ended = await db.listen('things', () => (others += 1));
  await ended[Symbol.asyncDispose]();
  await db.query({ text: 'NOTIFY things' });
  await woken.promise;
  assert.equal(others, 0);
  await assert.rejects(
    db.listen('things; DROP TABLE thing', () => undefined),
    RangeError,
  );
});
