import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { fittedExponent } from './boot/fitted-exponent.ts';
import { tarOf } from './boot/scratch.ts';

type TakeFiles = (tarball: string, folder: string, names: readonly string[]) => Promise<void>;
const module = await import(pathToFileURL(join(import.meta.dirname, '..', 'boot', 'tar.mjs')).href);
const takeFiles: TakeFiles = module.takeFiles;

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'visor-tar-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Takes `names` out of an archive; what came out, by name. */
async function taken(folder: string, archive: Uint8Array, names: readonly string[]): Promise<Record<string, string>> {
  const out = mkdtempSync(join(folder, 'out-'));
  const tarball = join(folder, 'archive.tgz');
  writeFileSync(tarball, archive);
  await takeFiles(tarball, out, names);
  return Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'latin1')]));
}

for (const format of ['ustar', 'gnu', 'pax', 'v7']) {
  test(`what tar packs as ${format} comes out as it went in`, async (t) => {
    if (spawnSync('tar', ['--version']).status !== 0) return t.skip('needs tar');
    const folder = folderFor(t);
    const long = format === 'ustar' || format === 'v7' ? 'a' : 'a-rather-long-name-of-a-folder'.repeat(6);
    const files: Record<string, string> = {
      [`package/${long}/empty`]: '',
      'package/one byte': 'x',
      [`package/${long}/block`]: 'b'.repeat(512),
      'package/多': 'large'.repeat(70_000),
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, 'latin1');
    }
    const { status } = spawnSync('tar', [`--format=${format}`, '-czf', 'made.tgz', 'package'], { cwd: folder });
    assert.equal(status, 0);
    const out = await taken(folder, readFileSync(join(folder, 'made.tgz')), Object.keys(files));
    assert.deepEqual(out, { empty: '', 'one byte': 'x', block: 'b'.repeat(512), 多: 'large'.repeat(70_000) });
  });
}

const FILES = { 'package/one': 'first', 'package/two': 'second' };
const PLAIN = tarOf(FILES);
const DAMAGED = 'A package that was fetched is damaged; nothing of it was used.';

/** The archive with some bytes of a header replaced, and its sum made right again. */
function withHeader(at: number, bytes: string, sum = true): Uint8Array {
  const archive = Buffer.from(PLAIN);
  archive.write(bytes, at, 'latin1');
  if (sum) {
    archive.write('        ', 148);
    const total = archive.subarray(0, 512).reduce((all, byte) => all + byte, 0);
    archive.write(`${total.toString(8).padStart(6, '0')}\0 `, 148);
  }
  return archive;
}

const REFUSALS = [
  { what: 'nothing at all', archive: new Uint8Array(), says: DAMAGED },
  { what: 'no gzip', archive: PLAIN, raw: true, says: DAMAGED },
  { what: 'a gzip cut short', archive: gzipSync(PLAIN).subarray(0, 80), raw: true, says: DAMAGED },
  { what: 'a file cut short', archive: PLAIN.subarray(0, 512 + 100), says: DAMAGED },
  { what: 'a header cut short', archive: PLAIN.subarray(0, 1024 + 100), says: DAMAGED },
  { what: 'a header whose sum is wrong', archive: withHeader(0, 'q', false), says: DAMAGED },
  { what: 'a size that is no number', archive: withHeader(124, '0000000000x'), says: DAMAGED },
  { what: 'a size beyond all files', archive: withHeader(124, '77777777777'), says: DAMAGED },
  { what: 'a name record of gigabytes', archive: withHeader(124, `77777777777\0${' '.repeat(20)}x`), says: DAMAGED },
  {
    what: 'a file that is not in it',
    archive: tarOf({ 'package/one': '' }),
    says: 'A package does not hold package/two; nothing of it was used.',
  },
  {
    what: 'the name as a link',
    archive: withHeader(156, '2'),
    says: 'A package does not hold package/one; nothing of it was used.',
  },
];

for (const { what, archive, raw = false, says } of REFUSALS) {
  test(`an archive with ${what} is refused`, async (t) => {
    const packed = raw ? archive : gzipSync(archive);
    await assert.rejects(taken(folderFor(t), packed, Object.keys(FILES)), { message: says });
  });
}

test('no name in an archive leads out of the folder, and nothing is written that was not asked for', async (t) => {
  const folder = folderFor(t);
  const names = ['../out', '/etc/out', 'package/../../out', 'package/one', 'other/one'];
  const archive = gzipSync(tarOf(Object.fromEntries(names.map((name) => [name, name]))));
  assert.deepEqual(await taken(folder, archive, ['package/one']), { one: 'package/one' });
  assert.deepEqual(
    await taken(folder, archive, ['../out']),
    { out: '../out' },
    'even a name that is asked for stays inside',
  );
  assert.ok(!existsSync(join(folder, 'out')));
});

test('damage anywhere is refused as damage or changes nothing but contents', async (t) => {
  const folder = folderFor(t);
  await fc.assert(
    fc.asyncProperty(fc.nat(PLAIN.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const archive = Buffer.from(PLAIN);
      archive[at] = archive[at]! ^ flip;
      try {
        assert.deepEqual(Object.keys(await taken(folder, gzipSync(archive), Object.keys(FILES))), ['one', 'two']);
      } catch (error) {
        assert.match(String(error), /damaged|does not hold/);
      }
    }),
    { seed: 20261124, numRuns: 300 },
  );
});

test('the time to read an archive grows with its length and no faster', async (t) => {
  const folder = folderFor(t);
  const points = [];
  for (const count of [400, 1200, 3600, 10_800]) {
    const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`package/${i}`, 'x'.repeat(600)]));
    const archive = gzipSync(tarOf({ ...files, 'package/last': '' }));
    let time = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 3; run += 1) {
      const before = process.cpuUsage();
      await taken(folder, archive, ['package/last']);
      const { user, system } = process.cpuUsage(before);
      time = Math.min(time, user + system);
    }
    points.push({ size: count, time });
  }
  assert.ok(fittedExponent(points) <= 1.3, JSON.stringify(points));
});
