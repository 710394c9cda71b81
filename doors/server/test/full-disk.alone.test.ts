import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noModels, openTestHouse, type TestHouse } from './test-house.ts';

/** A disk of our own that can be filled: only root may mount one. */
function smallDisk(mib: number): { folder: string; free: () => void } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'visor-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0755`, 'tmpfs', folder]);
  if (mounted.status !== 0) return undefined;
  return {
    folder,
    free: () => {
      spawnSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(folder: string): Promise<void> {
  for (let n = 0; n < 64; n += 1) {
    const { bavail, bsize } = await statfs(folder);
    const room = bavail * bsize;
    if (room < bsize) return;
    try {
      writeFileSync(join(folder, `filler-${n}`), Buffer.alloc(Math.min(room, 64 * 2 ** 20)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // fs throws nothing but system errors
    }
  }
}

const made = async (house: TestHouse, secret: string): Promise<number> =>
  (await house.post(secret, '/v1/people', { body: {} })).status;

test('on a full disk nothing is answered without an entry, and it goes on when there is room', async (t) => {
  if (noModels) return t.skip(noModels);
  const disk = smallDisk(420);
  if (disk === undefined) return t.skip('a small disk cannot be mounted here');
  try {
    await using house = await openTestHouse(join(disk.folder, 'house'));
    const { secret } = await house.key('Full');
    const before = (await house.get(secret, '/v1/entries')).body.size;
    await fill(disk.folder);
    const statuses = new Map<number, number>();
    const count = (status: number): number => statuses.set(status, (statuses.get(status) ?? 0) + 1).get(status)!;
    for (let n = 0; n < 20_000 && (statuses.get(503) ?? 0) < 20; n += 16) {
      const asked = Array.from({ length: 16 }, () => made(house, secret));
      for (const status of await Promise.all(asked)) count(status);
    }
    assert.ok((statuses.get(503) ?? 0) >= 20, `the disk was never full: ${JSON.stringify([...statuses])}`);
    assert.deepEqual(
      [...statuses.keys()].filter((status) => status !== 201 && status !== 503),
      [],
    );
    const health = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${house.served.port}/health`)).json();
    assert.deepEqual(await health(), { state: 'busy', what: 'disk' });
    spawnSync('sh', ['-c', `rm -f ${disk.folder}/filler-*`]);
    let after = 503;
    for (let n = 0; n < 300 && after === 503; n += 1) {
      after = await made(house, secret);
      if (after === 503) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(after, 201, 'it goes on when there is room');
    assert.deepEqual(await health(), { state: 'up' });
    const size = (await house.get(secret, '/v1/entries')).body.size;
    assert.ok(size - before >= (statuses.get(201) ?? 0) + 1, 'every answered act has its entry');
  } finally {
    disk.free();
  }
});
