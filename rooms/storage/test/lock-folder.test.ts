import assert from 'node:assert/strict';
import { mkdir, rename, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockFolder } from '@visor/storage';
import { atEnd, freshFolder } from './fresh-database.ts';
import { kill, otherProcess } from './other-process.ts';

test('a folder that another process holds is refused, and the refusal names that process', async (t) => {
  const folder = await freshFolder(t);
  const other = await otherProcess(t, ['lock', folder]);
  await assert.rejects(lockFolder(folder), { code: 'storage.folder-locked', facts: { process: other.child.pid } });
  await kill(other);
  await using lock = await lockFolder(folder);
  assert.ok(lock, 'the kernel let go when the holder was killed');
});

test('a lock is the one of the folder, by whatever path it is reached', async (t) => {
  const folder = await freshFolder(t);
  const [here, moved, link] = ['here', 'moved', 'link'].map((name) => join(folder, name));
  await mkdir(here!);
  const lock = await lockFolder(here!);
  await rename(here!, moved!);
  await symlink(moved!, link!);
  await mkdir(here!);
  const held = { code: 'storage.folder-locked', facts: { process: process.pid } };
  await assert.rejects(lockFolder(moved!), held);
  await assert.rejects(lockFolder(link!), held);
  await using another = await lockFolder(here!);
  assert.ok(another, 'a new folder in the old place is free');
  await lock[Symbol.asyncDispose]();
  await using again = await lockFolder(moved!);
  assert.ok(again);
});

test('a stranger who took the name first keeps us out, and is not believed', async (t) => {
  const folder = await freshFolder(t);
  const { dev, ino } = await stat(folder, { bigint: true });
  const answers = ['', '12 and a story', '9'.repeat(50), '-1\n'];
  for (const answer of answers) {
    const stranger = createServer((socket) => socket.end(answer));
    await new Promise<void>((resolve) => stranger.listen(`\0visor-${dev.toString(16)}-${ino.toString(16)}`, resolve));
    await assert.rejects(lockFolder(folder), { code: 'storage.folder-locked', facts: {} }, answer);
    await new Promise((resolve) => stranger.close(resolve));
  }
});

test('a stranger who never stops talking is not listened to', async (t) => {
  const folder = await freshFolder(t);
  const { dev, ino } = await stat(folder, { bigint: true });
  const hungUp = Promise.withResolvers<void>();
  const stranger = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => hungUp.resolve());
    const talk = (): void => {
      while (socket.writable && socket.write('1'.repeat(4096)));
    };
    socket.on('drain', talk);
    talk();
  });
  await new Promise<void>((resolve) => stranger.listen(`\0visor-${dev.toString(16)}-${ino.toString(16)}`, resolve));
  atEnd(t, () => stranger.close());
  await assert.rejects(lockFolder(folder), { code: 'storage.folder-locked', facts: {} });
  await hungUp.promise;
});

test('a folder that is not there is a fault, not a lock', async (t) => {
  await assert.rejects(lockFolder(join(await freshFolder(t), 'nothing')), { name: 'Fault', part: 'storage' });
});
