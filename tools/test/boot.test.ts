import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { begin, calls, endOf, type Scratch, scratch, visor } from './boot/scratch.ts';

const RUNTIME = 'runtime/node-24.21.0/bin';
const NOBODY = 65534;

/** The Node of this machine, where it is one that cannot run Visor. */
function olderNode(): string | undefined {
  const { stdout = '' } = spawnSync('node', ['-p', 'process.version.slice(1) + " " + process.execPath'], {
    encoding: 'utf8',
    cwd: '/',
  });
  const [version = '', path] = stdout.trim().split(' ');
  return Number(version.split('.')[0]) < 24 ? path : undefined;
}

const putRuntime = (where: Scratch): void => {
  mkdirSync(join(where.data, RUNTIME), { recursive: true });
  symlinkSync(process.execPath, join(where.data, RUNTIME, 'node'));
};

test('a first start brings what is missing and says what it does and how long it took; a second says nothing', async (t) => {
  const where = scratch(t);
  const first = await visor(where, ['face', 'find', 'a b.jpg']);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(calls(where).toSorted(), ['ci --omit=dev', 'pack models@1.0.0']);
  assert.match(first.err, /^packages: done in \d+\.\d s$/m);
  assert.match(first.err, /^face models: done in \d+\.\d s$/m);
  assert.equal(readFileSync(join(where.data, 'models', 'one.onnx'), 'utf8'), 'weights');
  assert.deepEqual(readdirSync(join(where.data, 'models')), ['one.onnx']);
  const second = await visor(where, ['face', 'find', 'a b.jpg']);
  assert.deepEqual({ ...second, out: '' }, { code: 0, err: '', out: '' });
  assert.equal(calls(where).length, 2);
});

test('the command sees its arguments, the folder it was called from and one absolute data folder', async (t) => {
  const where = scratch(t);
  const link = join(where.path, 'visor-link');
  symlinkSync(join(where.root, 'visor'), link);
  const cwd = join(where.path, 'else where');
  mkdirSync(cwd);
  const table = [
    { how: { program: link, cwd }, data: where.data },
    { how: { program: link, cwd, env: { VISOR_DATA: 'mine' } }, data: join(cwd, 'mine') },
    { how: { cwd, env: { VISOR_DATA: join(cwd, 'ab solute') } }, data: join(cwd, 'ab solute') },
    { how: { cwd, env: { VISOR_DATA: '' } }, data: where.data },
  ];
  for (const { how, data } of table) {
    const { out, code } = await visor(where, ['law', 'a b', '', '--x="y"', '$HOME'], how);
    const { node, ...told } = JSON.parse(out);
    assert.deepEqual(told, {
      args: ['law', 'a b', '', '--x="y"', '$HOME'],
      file: join(where.root, 'doors/cli/src/main.ts'),
      cwd,
      data,
    });
    assert.equal(node, process.versions.node);
    assert.equal(code, 0);
  }
  assert.deepEqual(calls(where), ['ci --omit=dev'], 'a command without faces brings no models');
  assert.equal((await visor(where, ['exit', '3'])).code, 3);
});

test('one JSON document is all that is said when JSON is asked for, even at a first start', async (t) => {
  const { code, out, err } = await visor(scratch(t), ['drill', 'seal', '--json']);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  assert.equal(JSON.parse(out).args.length, 3);
});

test('tests and benches bring everything, which is enough for commands; a changed lock file brings it anew', async (t) => {
  const where = scratch(t);
  await visor(where, ['law', 'list']);
  assert.equal((await visor(where, ['dev', 'test', 'rooms/law'])).code, 0);
  await visor(where, ['law', 'list']);
  assert.deepEqual(calls(where).toSorted(), ['ci', 'ci --omit=dev', 'pack models@1.0.0']);
  writeFileSync(join(where.root, 'package-lock.json'), '{ }');
  await visor(where, ['law', 'list']);
  assert.deepEqual(calls(where).at(-1), 'ci', 'who had the packages of the tests keeps them');
});

const without = (name: string) => (where: Scratch) => rmSync(join(where.path, name));
const REFUSALS = [
  { what: 'no Node', change: without('node'), says: /needs Node\.js 20 or newer, and no node/ },
  { what: 'no npm', change: without('npm'), says: /needs npm, and it is not to be found/ },
  { what: 'a full disk', env: { FAKE_NPM: 'ENOSPC' }, says: /no room left on the disk of .*check out/ },
  { what: 'a folder that npm may not write', env: { FAKE_NPM: 'EACCES' }, says: /may not write to .*check out/ },
  {
    what: 'no network',
    env: { FAKE_NPM: 'EAI_AGAIN' },
    says: /npm could not bring the packages \(EAI_AGAIN\): something went wrong/,
  },
  {
    what: 'a package that is not there',
    env: { FAKE_NPM: 'no-pack' },
    says: /npm could not bring models 1\.0\.0 \(E404\)/,
  },
  {
    what: 'another package than the known one',
    wishes: { names: 'another' },
    says: /models 1\.0\.0 is not the package that Visor knows/,
  },
  {
    what: 'a package that is no archive',
    wishes: { tarball: () => Buffer.from('a page that says sorry') },
    says: /is damaged/,
  },
  {
    what: 'a package cut short',
    wishes: { tarball: (right: Uint8Array) => right.subarray(0, right.length - 60) },
    says: /is damaged/,
  },
  {
    what: 'another model in the package',
    wishes: { model: 'other weights' },
    says: /one\.onnx is not the model that Visor knows/,
  },
  {
    what: 'a file in place of the data folder',
    change: (where: Scratch) => writeFileSync(where.data, ''),
    says: /data.* is in the way/,
  },
  {
    what: 'half a checkout',
    change: (where: Scratch) => rmSync(join(where.root, 'package-lock.json')),
    says: /not a whole checkout/,
  },
];

for (const { what, change = () => undefined, env = {}, wishes = {}, says } of REFUSALS) {
  test(`${what}: one sentence, exit 4, and nothing half done`, async (t) => {
    const where = scratch(t, wishes);
    change(where);
    const { code, out, err } = await visor(where, ['face', 'find', '--json'], { env });
    assert.deepEqual({ code, out }, { code: 4, out: '' }, err);
    assert.match(err, says);
    assert.equal(err.trimEnd().split('\n').length, 1, err);
    const models = join(where.data, 'models');
    const left = existsSync(models) ? readdirSync(models) : [];
    assert.deepEqual(
      left.filter((file) => readFileSync(join(models, file), 'utf8') !== 'weights'),
      [],
    );
  });
}

test('a Node older than 20 is told so in one sentence', async (t) => {
  const where = scratch(t);
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.1'})`;
  const ended = await visor(where, ['--import', pretend, join(where.root, 'tools/boot/main.mjs'), 'law'], {
    program: process.execPath,
  });
  assert.deepEqual(ended, { code: 4, out: '', err: 'Visor needs Node.js 20 or newer, and this is 18.20.1.\n' });
});

test('an unknown tool is a matter of usage', async (t) => {
  const { code, err } = await visor(scratch(t), ['dev', '../boot/main.mjs']);
  assert.deepEqual([code, err], [2, 'usage: ./visor dev test|bench|long|people-sheet\n']);
});

test('a checkout of somebody else is used when whole, and named when something is missing', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to become another user');
  const where = scratch(t);
  const data = join(dirname(where.path), 'theirs');
  mkdirSync(data);
  chownSync(data, NOBODY, NOBODY);
  const how = { env: { VISOR_DATA: data }, uid: NOBODY };
  writeFileSync(where.log, '', { mode: 0o666 });
  spawnSync('chmod', ['666', where.log]);
  if ((await visor(where, ['--version'], { ...how, program: process.execPath })).code !== 0)
    return t.skip('another user cannot run this Node');
  const refused = await visor(where, ['law'], how);
  assert.equal(refused.code, 4);
  assert.match(refused.err, /may not write to .*check out: it belongs to another user or is read-only/);
  assert.equal((await visor(where, ['face', 'find'])).code, 0);
  const used = await visor(where, ['face', 'find'], how);
  assert.equal(used.code, 0, used.err);
  assert.ok(existsSync(join(data, 'models', 'one.onnx')));
  const shut = await visor(where, ['face', 'find', '--json'], {
    ...how,
    env: { VISOR_DATA: join(where.root, 'other') },
  });
  assert.deepEqual([shut.code, shut.err.includes('may not write to')], [4, true], shut.err);
});

test('of two starts at once one brings the packages and the other waits', async (t) => {
  const where = scratch(t);
  const ends = await Promise.all([1, 2, 3].map(() => visor(where, ['law'])));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.deepEqual(calls(where), ['ci --omit=dev']);
});

/** A start in the middle of bringing the packages, and the id of its npm. */
async function hanging(t: TestContext): Promise<{ where: Scratch; child: ReturnType<typeof begin>; npm: number }> {
  const where = scratch(t);
  const watcher = watch(where.root);
  const child = begin(where, ['face', 'find'], { env: { FAKE_NPM: 'hang' } });
  const mark = join(where.root, 'hangs');
  while (!existsSync(mark) || readFileSync(mark, 'utf8') === '') await once(watcher, 'change');
  watcher.close();
  return { where, child, npm: Number(readFileSync(mark, 'utf8')) };
}

const alive = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

test('a start that is told to end while it brings something ends, and its npm with it', async (t) => {
  const { where, child, npm } = await hanging(t);
  const end = endOf(child);
  child.kill('SIGTERM');
  const { code, err } = await end;
  assert.equal(code, 128 + 15);
  assert.match(err, /Stopped before everything was brought\.\n$/);
  assert.ok(!alive(npm));
  assert.deepEqual(
    calls(where).filter((call) => call.startsWith('ci')),
    ['ci --omit=dev'],
  );
});

test('after a start that was killed, the next one does what was left undone', async (t) => {
  const { where, child, npm } = await hanging(t);
  mkdirSync(join(where.data, 'models', 'half-way'), { recursive: true });
  const end = endOf(child);
  child.kill('SIGKILL');
  process.kill(npm, 'SIGKILL');
  await end;
  rmSync(join(where.data, 'models', 'one.onnx'), { force: true }); // the models may have come before the end
  assert.equal((await visor(where, ['face', 'find'])).code, 0);
  assert.deepEqual(readdirSync(join(where.data, 'models')), ['one.onnx']);
});

test('under an older Node the command runs on the Node that was brought, with its own signals and exit code', async (t) => {
  const old = olderNode();
  if (old === undefined) return t.skip('needs a Node older than 24 on the path');
  const where = scratch(t);
  putRuntime(where);
  const how = { program: old };
  const main = join(where.root, 'tools/boot/main.mjs');
  const told = await visor(where, [main, 'exit', '3'], how);
  assert.deepEqual([told.code, JSON.parse(told.out).node], [3, process.versions.node]);
  for (const [signal, code] of [
    ['SIGTERM', 77],
    ['SIGINT', 78],
  ] as const) {
    const child = begin(where, [main, 'stay'], how);
    child.stdout?.once('data', () => child.kill(signal));
    assert.equal((await endOf(child)).code, code, signal);
  }
});

test('where the Node of our own is there, the script becomes it, and signals reach the command itself', async (t) => {
  const where = scratch(t);
  putRuntime(where);
  rmSync(join(where.path, 'node'));
  const child = begin(where, ['stay']);
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  assert.equal((await endOf(child)).code, 77);
});

test('the script and the bootstrap bring the same Node', () => {
  const named = (file: string, pattern: RegExp) => pattern.exec(readFileSync(file, 'utf8'))?.[1];
  const version = named('tools/boot/runtime.mjs', /^const VERSION = '([\d.]+)'/m);
  assert.match(version ?? '', /^24\.\d+\.\d+$/);
  assert.equal(named('visor', /runtime\/node-([\d.]+)\/bin\/node/), version);
});
