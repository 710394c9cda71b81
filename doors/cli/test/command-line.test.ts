import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS, type Context, languageOf, runCommand } from '@visor/cli';

function context(folder: string, env: Record<string, string> = {}): Context & { out: string; err: string } {
  const heard = {
    out: '',
    err: '',
    process: {
      stdout: {
        write: (text: string) => {
          heard.out += text;
        },
      },
      stderr: {
        write: (text: string) => {
          heard.err += text;
        },
      },
    },
    env,
    language: languageOf(env),
    folder,
    exit: 0 as const,
  };
  return heard;
}

test('what nobody knows is a usage error, and help is not', async () => {
  for (const args of [
    ['bogus'],
    ['verify'],
    ['verify', 'a', 'b', 'c'],
    ['face', 'compare', 'a'],
    ['drill', 'seal', '--nonsense', 'x'],
  ]) {
    const heard = context('none');
    assert.equal(await runCommand(args, heard), 2, args.join(' '));
    assert.notEqual(heard.err, '');
  }
  const heard = context('none');
  assert.equal(await runCommand(['--help'], heard), 0);
  for (const { name } of COMMANDS) assert.match(heard.out, new RegExp(`\\b${name.split(' ')[0]}\\b`), name);
});

test('a file that is not there, is no bundle, or is no anchor card is unreadable, in one sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visor-cli-'));
  try {
    const [noise, empty] = [join(folder, 'noise'), join(folder, 'empty')];
    await writeFile(noise, Buffer.alloc(5_000, 0xa5));
    await writeFile(empty, '');
    const cases: readonly (readonly [string[], string])[] = [
      [['verify', join(folder, 'missing')], 'file.unreadable'],
      [['verify', folder], 'file.unreadable'],
      [['verify', noise], 'bundle.container'],
      [['verify', empty], 'bundle.container'],
      [['verify', noise, '--trust', empty], 'bundle.trust'],
    ];
    for (const [args, code] of cases) {
      const heard = context(folder);
      assert.equal(await runCommand(args, heard), 3, `${args.join(' ')}: ${heard.err}`);
      assert.match(heard.err, new RegExp(`\\(${code}\\)`));
      const json = context(folder);
      assert.equal(await runCommand([...args, '--json'], json), 3);
      assert.equal(JSON.parse(json.out).error.code, code);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a command that needs a house says so where there is none', async () => {
  for (const args of [
    ['check'],
    ['key', 'make', '--site', 'A'],
    ['ledger', 'anchor'],
    ['bundle', 'make', '--site', 's', '--out', 'f'],
  ]) {
    const heard = context(join(tmpdir(), 'no-house-here'));
    assert.equal(await runCommand(args, heard), 4, args.join(' '));
    assert.match(heard.err, /There is no house/);
  }
});

test('the language follows the locale', () => {
  assert.equal(languageOf({ LANG: 'zh_CN.UTF-8' }), 'zh');
  assert.equal(languageOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'en_GB.UTF-8' }), 'en');
  assert.equal(languageOf({}), 'en');
});
