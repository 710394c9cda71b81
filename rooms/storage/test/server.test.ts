import assert from 'node:assert/strict';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Database, openDatabase, sqlStateOf } from '@visor/storage';
import { atEnd, freshDatabase, freshFolder, madeFolder } from './fresh-database.ts';
import { kill, otherProcess, plainUserCanRun } from './other-process.ts';

const ROOT = process.getuid?.() === 0;
const NOBODY = 65534;
const TABLE = ['DROP TABLE IF EXISTS thing', 'CREATE TABLE thing (n integer)'];

const postmasterOf = async (folder: string): Promise<number> =>
  Number((await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);

const alive = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

async function open(t: TestContext, folder: string): Promise<{ db: Database; said: string[] }> {
  const said: string[] = [];
  const db = await openDatabase({ folder, say: (line) => said.push(line) });
  atEnd(t, () => db.stop());
  return { db, said };
}

test('the server syncs, checks its pages, has no port and lets nobody else in', async (t) => {
  const { db, folder } = await freshDatabase(t);
  const [found] = await db.query<Record<string, string>>({
    text: `SELECT ${[
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'data_checksums',
      'listen_addresses',
      'lc_collate',
      'server_encoding',
    ]
      .map((name) =>
        name === 'lc_collate'
          ? `(SELECT datcollate FROM pg_database WHERE datname = current_database()) AS ${name}`
          : `current_setting('${name}') AS ${name}`,
      )
      .join(', ')}`,
  });
  assert.deepEqual(found, {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    data_checksums: 'on',
    listen_addresses: '',
    lc_collate: 'C',
    server_encoding: 'UTF8',
  });
  for (const part of ['.', 'cluster', 'run']) assert.equal((await stat(join(folder, part))).mode & 0o077, 0, part);
  assert.equal((await stat(join(folder, 'postgres.log'))).mode & 0o077, 0);
});

test('a server left behind by a killed process is taken over, with everything that was answered', async (t) => {
  const folder = await madeFolder();
  const other = await otherProcess(t, ['open', folder, ...TABLE, 'INSERT INTO thing VALUES (7)']);
  const server = await postmasterOf(folder);
  await assert.rejects(openDatabase({ folder, say: () => undefined }), {
    code: 'storage.folder-locked',
    facts: { process: other.child.pid },
  });
  await kill(other);
  assert.ok(alive(server), 'the server outlives the killed process');
  const { db, said } = await open(t, folder);
  assert.match(said.join(), new RegExp(`Took over .* ${server}`));
  assert.deepEqual(await db.query({ text: 'SELECT n FROM thing' }), [{ n: 7 }]);
  await db.stop();
  assert.ok(!alive(server), 'what was taken over is stopped at the end');
});

test('after the death of process and server, the next start replays what was answered', async (t) => {
  const folder = await madeFolder();
  const other = await otherProcess(t, ['open', folder, ...TABLE, 'INSERT INTO thing VALUES (7)']);
  await kill(other);
  process.kill(await postmasterOf(folder), 'SIGKILL');
  const { db } = await open(t, folder);
  assert.deepEqual(await db.query({ text: 'SELECT n FROM thing' }), [{ n: 7 }]);
});

test('when the server dies, running statements fail as faults, and it comes back by itself', async (t) => {
  const { db, folder, said } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (n integer)' });
  const woken = Promise.withResolvers<void>();
  await db.listen('things', () => woken.resolve());
  for (let round = 1; round <= 3; round += 1) {
    const running = [
      db.query({ text: 'SELECT pg_sleep(60)' }),
      db.transaction((sql) => sql.query({ text: 'INSERT INTO thing SELECT 0 FROM pg_sleep(60)' })),
    ];
    await db.query({ text: 'INSERT INTO thing VALUES ($1)', values: [round] });
    process.kill(await postmasterOf(folder), 'SIGKILL');
    for (const end of await Promise.allSettled(running)) {
      assert.equal(end.status, 'rejected');
      assert.match(sqlStateOf(end.reason) ?? 'no fault', /^(08|57)/);
    }
    assert.deepEqual(
      await untilAnswered(db),
      Array.from({ length: round }, (_, i) => ({ n: i + 1 })),
    );
  }
  await woken.promise; // what was told during the gap is unknown, so listeners are woken after it
  // One that is killed while it is being started again is started without being spoken of twice.
  const told = said.filter((line) => line.includes('starting it again')).length;
  assert.ok(told >= 1 && told <= 3, `${told} times`);
});

async function untilAnswered(db: Database): Promise<readonly unknown[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.query({ text: 'SELECT n FROM thing ORDER BY n' });
    } catch (error) {
      if (sqlStateOf(error) === undefined || attempt === 20) throw error;
    }
  }
}

test('a server that was taken over comes back too when it dies', async (t) => {
  const folder = await madeFolder();
  await kill(await otherProcess(t, ['open', folder, ...TABLE]));
  const { db } = await open(t, folder);
  process.kill(await postmasterOf(folder), 'SIGKILL');
  assert.deepEqual(await untilAnswered(db), []);
});

test('a copied folder starts a server of its own while the original runs', async (t) => {
  const { db, folder } = await freshDatabase(t);
  await db.query({ text: 'CREATE TABLE thing (n integer)' });
  await db.query({ text: 'CHECKPOINT' });
  const copy = join(await freshFolder(t), 'copy');
  await mkdir(copy, { mode: 0o700 });
  await cp(join(folder, 'cluster'), join(copy, 'cluster'), { recursive: true });
  const { db: second } = await open(t, copy);
  await second.query({ text: 'INSERT INTO thing VALUES (1)' });
  await second.stop();
  assert.deepEqual(await db.query({ text: 'SELECT n FROM thing' }), [], 'the original was neither stopped nor touched');
});

test('a pid file that names a living stranger neither keeps us out nor harms the stranger', async (t) => {
  const folder = await madeFolder();
  await (await open(t, folder)).db.stop();
  const stranger = await otherProcess(t, ['lock', await freshFolder(t)]);
  const left = `${stranger.child.pid}\n${folder}/cluster\n1\n5432\n${folder}/run\n\n`;
  await writeFile(join(folder, 'cluster', 'postmaster.pid'), left, { mode: 0o600 });
  await writeFile(join(folder, 'run', '.s.PGSQL.5432.lock'), left, { mode: 0o600 });
  const { db } = await open(t, folder);
  await db.stop();
  assert.ok(alive(stranger.child.pid!));
});

test('a path too long for a socket gets a short one that only we may enter', async (t) => {
  const folder = join(await freshFolder(t), 'a-rather-long-name-of-a-folder'.repeat(4), '数据'.repeat(20));
  const temporary = await freshFolder(t);
  const db = await openDatabase({ folder, temporary, say: () => undefined });
  atEnd(t, () => db.stop());
  assert.deepEqual(await db.query({ text: 'SELECT 1 AS n' }), [{ n: 1 }]);
  const { dev, ino } = await stat(folder, { bigint: true });
  assert.equal((await stat(join(temporary, `visor-${dev.toString(16)}-${ino.toString(16)}`))).mode & 0o777, 0o700);
});

test('a socket folder that somebody put there first is refused', async (t) => {
  const elsewhere = await freshFolder(t);
  const traps: { what: string; set: (path: string) => Promise<unknown>; root?: true }[] = [
    { what: 'a link to a folder of ours', set: (path) => symlink(elsewhere, path) },
    { what: 'a link to nowhere', set: (path) => symlink('/nowhere', path) },
    { what: 'a file', set: (path) => writeFile(path, '', { mode: 0o600 }) },
    { what: 'a folder that all may enter', set: (path) => mkdir(path).then(() => chmod(path, 0o777)) },
    {
      what: 'a folder of another user',
      set: (path) => mkdir(path, { mode: 0o700 }).then(() => chown(path, 12345, 12345)),
      root: true,
    },
  ];
  for (const { what, set, root } of traps) {
    if (root && !ROOT) continue;
    const folder = join(await freshFolder(t), 'x'.repeat(120));
    const temporary = await freshFolder(t);
    await mkdir(folder);
    const { dev, ino } = await stat(folder, { bigint: true });
    await set(join(temporary, `visor-${dev.toString(16)}-${ino.toString(16)}`));
    await assert.rejects(
      openDatabase({ folder, temporary, say: () => undefined }),
      { code: 'storage.socket-path' },
      what,
    );
  }
});

test('a place where no socket path is short enough is refused', async (t) => {
  const folder = join(await freshFolder(t), 'x'.repeat(120));
  await assert.rejects(openDatabase({ folder, temporary: folder, say: () => undefined }), {
    code: 'storage.socket-path',
  });
});

test('without the programs of PostgreSQL it says what is missing', async (t) => {
  const folder = await freshFolder(t);
  const plan = { folder: join(folder, 'database'), pgBin: folder, say: () => undefined };
  await assert.rejects(openDatabase(plan), { name: 'Fault', part: 'database' });
});

test('a folder of another major version is refused by its number', async (t) => {
  const { db, folder } = await freshDatabase(t);
  await db.stop();
  await writeFile(join(folder, 'cluster', 'PG_VERSION'), '12\n');
  atEnd(t, () => writeFile(join(folder, 'cluster', 'PG_VERSION'), '18\n'));
  await assert.rejects(openDatabase({ folder, say: () => undefined }), {
    code: 'storage.server-version',
    facts: { folder: 12, server: 18 },
  });
});

test('a folder that was half made when the power went is made again', async (t) => {
  const folder = join(await freshFolder(t), 'database');
  await mkdir(join(folder, 'cluster.half', 'base'), { recursive: true });
  const { db } = await open(t, folder);
  assert.deepEqual(await db.query({ text: 'SELECT 1 AS n' }), [{ n: 1 }]);
});

test('nobody answers at the address: a fault after a bounded wait', async (t) => {
  const url = `postgresql://visor@localhost/postgres?host=${encodeURIComponent(await freshFolder(t))}`;
  await assert.rejects(
    openDatabase({ folder: '', url, say: () => undefined }),
    (error) => sqlStateOf(error) === '08001',
  );
});

test('a server by address is used, and left running at the end', async (t) => {
  const { db, folder } = await freshDatabase(t);
  const second = await openDatabase({ folder: '', url: db.url, say: () => undefined });
  assert.deepEqual(await second.query({ text: 'SELECT 1 AS n' }), [{ n: 1 }]);
  await second.stop();
  assert.ok(alive(await postmasterOf(folder)));
  await assert.rejects(second.query({ text: 'SELECT 1' }), (error) => sqlStateOf(error) === '08001');
});

test('a plain user needs nothing more, and a folder of somebody else is refused in one sentence', async (t) => {
  if (!ROOT) return t.skip('needs root, to become another user');
  if (!(await plainUserCanRun(NOBODY))) return t.skip('a plain user cannot read this checkout');
  const folder = await mkdtemp(join(tmpdir(), 'visor-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  await chown(folder, NOBODY, NOBODY);
  const theirs = join(folder, 'theirs');
  const { told } = await otherProcess(t, ['open-and-stop', theirs, ...TABLE], { uid: NOBODY });
  assert.deepEqual(told, { open: true, said: ['Making the database folder.'] });

  const { db } = await open(t, theirs);
  assert.deepEqual(await db.query({ text: 'SELECT n FROM thing' }), [], 'root runs it as its owner');
  assert.equal((await stat(join(theirs, 'cluster', 'PG_VERSION'))).uid, NOBODY);
  await db.stop();

  const ours = join(folder, 'ours');
  await mkdir(ours);
  const { told: refused } = await otherProcess(t, ['open-and-stop', ours], { uid: NOBODY });
  assert.deepEqual(refused['part'], 'database');
  assert.match(String(refused['message']), /another user/);
});
