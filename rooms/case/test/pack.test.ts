import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BUNDLE_LIMITS } from '@visor/case/bundle';
import { readPack, writePack } from '@visor/case/pack';
import { bundle, encoded } from './a-bundle.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'visor-pack-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a bundle is written whole, for its owner alone, and read back', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'case.visor');
  await writePack(file, bundle);
  assert.deepEqual(await readPack(file), bundle);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['case.visor']);
});

test('a bundle takes the place of what stood there, and nothing else is left behind', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'case.visor');
  writeFileSync(file, 'an older bundle', { mode: 0o644 });
  await writePack(file, bundle);
  assert.deepEqual(new Uint8Array(readFileSync(file)), bundle);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['case.visor']);
});

test('when it cannot be written, what stood there stays', async (t) => {
  const folder = folderOf(t);
  const taken = join(folder, 'taken');
  mkdirSync(join(taken, 'full'), { recursive: true });
  await assert.rejects(writePack(taken, bundle), { name: 'Fault', part: 'bundle file' }); // a folder is not replaced
  await assert.rejects(writePack(join(folder, 'nowhere', 'case.visor'), bundle), {
    name: 'Fault',
    part: 'bundle file',
  });
  assert.deepEqual(readdirSync(folder), ['taken']);
});

test('what cannot be read, or is larger than a bundle may be, is refused', async (t) => {
  const folder = folderOf(t);
  const large = join(folder, 'large');
  writeFileSync(large, encoded('x'));
  truncateSync(large, BUNDLE_LIMITS.bytes + 1);
  const refusals = [
    { what: 'no such file', file: join(folder, 'none'), code: 'file.unreadable' },
    { what: 'a folder', file: folder, code: 'file.unreadable' },
    { what: 'a device', file: '/dev/null', code: 'file.unreadable' },
    { what: 'a file as a folder', file: join(large, 'none'), code: 'file.unreadable' },
    { what: 'a larger file', file: large, code: 'bundle.size' },
  ];
  for (const { what, file, code } of refusals) await assert.rejects(readPack(file), { name: 'Refusal', code }, what);
});

test('an empty file is read as no bytes', async (t) => {
  const file = join(folderOf(t), 'empty');
  writeFileSync(file, '');
  assert.equal((await readPack(file)).length, 0);
});
