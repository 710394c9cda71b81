import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Fault } from '@visor/record';
import { type Database, sqlStateOf } from '@visor/storage';
import { freshDatabase } from './fresh-database.ts';

const TABLE = `CREATE TABLE thing (id int PRIMARY KEY, made_by bigint DEFAULT pg_current_xact_id()::text::bigint, n int NOT NULL DEFAULT 0)`;

async function things(t: TestContext): Promise<Database> {
  const { db } = await freshDatabase(t);
  await db.query({ text: TABLE });
  return db;
}

const add = (db: Database, id: number): Promise<readonly { id: number }[]> =>
  db.together({ name: 'add', text: 'INSERT INTO thing (id) VALUES ($1) RETURNING id', values: [id] });

const reasonOf = (said: PromiseSettledResult<unknown> | undefined): unknown =>
  said?.status === 'rejected' ? said.reason : undefined;

const transactions = async (db: Database): Promise<number> =>
  (await db.query<{ n: number }>({ text: 'SELECT count(DISTINCT made_by)::int AS n FROM thing' }))[0]!.n;

const count = async (db: Database): Promise<number> =>
  (await db.query<{ n: number }>({ text: 'SELECT count(*)::int AS n FROM thing' }))[0]!.n;

test('statements that come together share transactions, and each gets its own answer', async (t) => {
  const db = await things(t);
  const ids = Array.from({ length: 300 }, (_, i) => i);
  const answers = await Promise.all(ids.map((id) => add(db, id)));
  assert.deepEqual(
    answers.map((rows) => rows[0]!.id),
    ids,
  );
  assert.equal(await transactions(db), Math.ceil(300 / 64));
  await add(db, 1000);
  assert.equal(await transactions(db), Math.ceil(300 / 64) + 1);
});

test('a statement that the database refuses falls alone', async (t) => {
  const db = await things(t);
  await add(db, 7);
  const said = await Promise.allSettled([5, 6, 7, 8, 9].map((id) => add(db, id)));
  assert.deepEqual(
    said.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.equal(sqlStateOf(reasonOf(said[2])), '23505');
  assert.equal(await count(db), 5);
});

test('a mistake in one statement is nobody else’s, and is told as such', async (t) => {
  const db = await things(t);
  const [bad, good] = await Promise.allSettled([db.together({ text: 'SELECT nothing FROM nowhere' }), add(db, 1)]);
  assert.equal(bad.status, 'rejected');
  assert.match(String(reasonOf(bad)), /42P01/);
  assert.equal(good.status, 'fulfilled');
});

test('a statement that meets a lock waits for it alone', async (t) => {
  const db = await things(t);
  await add(db, 1);
  let free: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    free = resolve;
  });
  let locked: () => void = () => undefined;
  const isLocked = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const holder = db.transaction(async (sql) => {
    await sql.query({ text: 'UPDATE thing SET n = 1 WHERE id = 1' });
    locked();
    await held;
  });
  await isLocked;
  const blocked = db.together({ text: 'UPDATE thing SET n = n + 1 WHERE id = 1' });
  await add(db, 2); // in the same transaction at first, and answered while the other still waits
  assert.equal((await add(db, 3))[0]!.id, 3);
  free();
  await Promise.all([holder, blocked]);
  assert.equal((await db.query<{ n: number }>({ text: 'SELECT n FROM thing WHERE id = 1' }))[0]!.n, 2);
});

test('when the connection breaks, whoever waits is told, and the next ones go on', async (t) => {
  const db = await things(t);
  await add(db, 0);
  const flying = Promise.allSettled(
    Array.from({ length: 40 }, (_, i) =>
      db.together({ text: `INSERT INTO thing (id) SELECT ${i + 1} FROM pg_sleep(0.05)` }),
    ),
  );
  const end = `SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND query LIKE '%pg_sleep%' AND state = 'active'`;
  let ended = 0;
  while (ended === 0) ended = (await db.query<{ count: number }>({ text: end }))[0]!.count;
  const said = await flying;
  const failed = said.filter(({ status }) => status === 'rejected').length;
  assert.ok(failed > 0, 'the break was not noticed');
  for (const one of said) if (one.status === 'rejected') assert.ok(one.reason instanceof Fault);
  assert.equal(await count(db), 1 + said.length - failed);
  assert.equal((await add(db, 99))[0]!.id, 99);
});

test('a server that falls silent is given up, and what comes later goes on over another connection', async (t) => {
  const { db } = await freshDatabase(t, { patience: 300 });
  await db.query({ text: TABLE });
  const pid = async (): Promise<number> =>
    (await db.together<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' }))[0]!.pid;
  const silent = await pid();
  process.kill(silent, 'SIGSTOP');
  try {
    const said = await Promise.allSettled([add(db, 1), add(db, 2)]);
    for (const one of said) assert.ok(one.status === 'rejected' && one.reason instanceof Fault);
    assert.equal((await add(db, 3))[0]!.id, 3);
    assert.notEqual(await pid(), silent);
  } finally {
    process.kill(silent, 'SIGCONT');
  }
});

test('stopping waits for what is under way', async (t) => {
  const db = await things(t);
  const all = Promise.allSettled(
    Array.from({ length: 200 }, (_, id) => db.query({ text: 'SELECT $1::int', values: [id] })),
  );
  await db.stop();
  assert.ok((await all).every(({ status }) => status === 'fulfilled'));
  await assert.rejects(add(db, 1), { name: 'Fault' });
});
