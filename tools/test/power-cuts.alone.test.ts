import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileLayer } from '@visor/ledger/store';
import type { Disk } from '../long/power-cuts/disk.ts';
import { powerCuts } from '../long/power-cuts.ts';

const SEED = 20_260_824;

test('three hundred power cuts lose nothing that was answered and enter nothing twice', async () => {
  const { cuts, answered, failures } = await powerCuts(300, SEED);
  assert.deepEqual(failures, []);
  assert.equal(cuts, 300);
  assert.ok(answered > 1000, `${answered} entries were answered`);
});

/** The disk with some operations that only say that they did something. */
const lying = (
  disk: Disk,
  lies: { readonly sync?: (path: string) => boolean; readonly folders?: boolean },
): FileLayer => ({
  openToRead: (path) => disk.openToRead(path),
  openToWrite: async (path) => {
    const file = await disk.openToWrite(path);
    return lies.sync?.(path) === true ? { ...file, sync: () => Promise.resolve() } : file;
  },
  rename: (from, to) => disk.rename(from, to),
  remove: (path) => disk.remove(path),
  removeFolder: (path) => disk.removeFolder(path),
  list: (folder) => disk.list(folder),
  makeFolder: (path) => disk.makeFolder(path),
  syncFolder: (path) => (lies.folders === true ? Promise.resolve() : disk.syncFolder(path)),
});

test('the power cuts find a ledger that answers before its frames are durable', async () => {
  const wrap = (disk: Disk): FileLayer => lying(disk, { sync: (path) => path.endsWith('.wal') });
  assert.notDeepEqual((await powerCuts(60, SEED, { wrap })).failures, []);
});

test('the power cuts find a ledger that does not make the names of its segments durable', async () => {
  assert.notDeepEqual((await powerCuts(60, SEED, { wrap: (disk) => lying(disk, { folders: true }) })).failures, []);
});
