import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Fault, utf8 } from '@visor/record';
import { readTar, type TarFile } from '../tar.ts';

const noTar = spawnSync('tar', ['--version']).status === 0 ? false : 'there is no tar here';

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function all(bytes: Uint8Array, { piece = 700, most = 2 ** 20 } = {}): Promise<readonly TarFile[]> {
  const files: TarFile[] = [];
  for await (const file of readTar(inPieces(bytes, piece), most)) files.push(file);
  return files;
}

/** One file by the field table of POSIX ustar. */
function entry(
  name: string,
  body: Uint8Array,
  { kind = '0', size = body.length.toString(8).padStart(11, '0') } = {},
): Uint8Array {
  const out = new Uint8Array(512 + 512 * Math.ceil(body.length / 512));
  const put = (at: number, value: string): void => out.set(utf8(value), at);
  put(0, name);
  put(100, '0000644\0');
  put(124, `${size}\0`);
  put(148, '        ');
  put(156, kind);
  put(257, 'ustar\0');
  put(263, '00');
  const sum = out.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  out.set(body, 512);
  return out;
}

const END = new Uint8Array(1024);
const archive = (...entries: readonly Uint8Array[]): Uint8Array => Buffer.concat([...entries, END]);

test('files come out of what the system’s tar wrote, in any pieces, folders and links passed over', {
  skip: noTar,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'visor-tar-'));
  try {
    const long = join('a'.repeat(90), 'b'.repeat(90));
    mkdirSync(join(folder, 'a'.repeat(90)));
    const files = {
      'empty.txt': '',
      'short.txt': 'hello',
      'block.txt': 'x'.repeat(512),
      'more.txt': 'y'.repeat(1500),
      [long]: 'far away',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    for (const format of ['ustar', 'pax']) {
      const { stdout } = spawnSync('tar', [`--format=${format}`, '-cf', '-', '-C', folder, '.'], {
        maxBuffer: 2 ** 24,
      });
      for (const piece of [1, 511, 513, stdout.length]) {
        const found = await all(stdout, { piece });
        const names = found.map(({ name, bytes }) => [name.replace(/^\.\//, ''), Buffer.from(bytes).toString()]);
        assert.deepEqual(Object.fromEntries(names), files, `${format} in pieces of ${piece}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a name of a pax record belongs to the next file only', async () => {
  const record = (text: string): Uint8Array => utf8(text);
  const bytes = archive(
    entry('x', record('25 path=a/very/long/name\n'), { kind: 'x' }),
    entry('short', utf8('1')),
    entry('plain', utf8('2')),
    entry('link', new Uint8Array(0), { kind: '2' }),
  );
  assert.deepEqual(
    (await all(bytes)).map(({ name }) => name),
    ['a/very/long/name', 'plain'],
  );
});

test('an archive that is cut short, damaged or too large is refused', async () => {
  const good = archive(entry('one', utf8('1'.repeat(600))));
  const damaged = Uint8Array.from(good);
  damaged[3] = 0x21;
  const cases = [
    { what: 'cut in a header', bytes: good.subarray(0, 300) },
    { what: 'cut in a file', bytes: good.subarray(0, 900) },
    { what: 'cut before a file', bytes: good.subarray(0, 512) },
    { what: 'a changed name', bytes: damaged },
    { what: 'a size that is none', bytes: archive(entry('one', utf8('1'), { size: 'zzzzzzzzzzz' })) },
    { what: 'a size below 0', bytes: archive(entry('one', utf8('1'), { size: '-0000000001' })) },
    { what: 'a file over the limit', bytes: archive(entry('one', new Uint8Array(3000))), most: 2000 },
    { what: 'a size of gigabytes', bytes: archive(entry('one', utf8('1'), { size: '77777777777' })) },
    { what: 'text', bytes: utf8('this is not an archive at all. '.repeat(40)) },
  ];
  for (const { what, bytes, most } of cases) {
    await assert.rejects(all(bytes, { most: most ?? 2 ** 20 }), { name: 'Fault', part: 'tar' }, what);
  }
  assert.equal((await all(good)).length, 1);
  assert.equal((await all(new Uint8Array(0))).length, 0);
});

test('an archive with bytes changed anywhere gives files or a fault, and never anything else', async () => {
  const good = archive(
    entry('one', utf8('1'.repeat(600))),
    entry('x', utf8('18 path=other/name\n'), { kind: 'x' }),
    entry('two', utf8('2')),
  );
  let state = 77;
  const roll = (sides: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
  for (let round = 0; round < 1500; round += 1) {
    const bytes = Uint8Array.from(good);
    for (let flips = 1 + roll(3); flips > 0; flips -= 1) bytes[roll(bytes.length)] = roll(256);
    await all(bytes.subarray(0, roll(4) === 0 ? roll(bytes.length) : bytes.length)).catch((error: unknown) => {
      assert.ok(error instanceof Fault, String(error));
    });
  }
});
