import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { migrate, oneTrip, openDatabase, openHouse, sqlStateOf } from '@visor/storage';
import { freshFolder } from './fresh-database.ts';

const BIN = '/usr/lib/postgresql/15/bin';

test('the oldest PostgreSQL that is promised, 15, serves as our own server and by address', async (t) => {
  if ((await stat(BIN).catch(() => undefined)) === undefined) return t.skip('needs PostgreSQL 15 of Debian');
  const folder = join(await freshFolder(t), 'database');
  const own = await openDatabase({ folder, pgBin: BIN, say: () => undefined });
  try {
    const [found] = await own.query<{ version: number }>({
      text: `SELECT current_setting('server_version_num')::int / 10000 AS version`,
    });
    assert.equal(found?.version, 15);
    await using db = await openDatabase({ folder: '', url: own.url, say: () => undefined });
    assert.equal((await migrate(db, [])).length, 2);
    assert.equal((await openHouse(db, { id: 'a', now: 1 })).id, 'a');
    const insert = { name: 'made', text: 'INSERT INTO house VALUES (true, $1, $2, 0) RETURNING id', values: ['b', 1] };
    await assert.rejects(db.query(oneTrip([insert], 'SELECT id FROM made')), (error) => sqlStateOf(error) === '23505');
    await assert.rejects(openDatabase({ folder, say: () => undefined }), { code: 'storage.folder-locked' });
  } finally {
    await own.stop();
  }
  await assert.rejects(openDatabase({ folder, say: () => undefined }), {
    code: 'storage.server-version',
    facts: { folder: 15, server: 18 },
  });
});
