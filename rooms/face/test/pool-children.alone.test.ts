import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FacePool, openPool, type PoolOptions } from '@visor/face/pool';
import { encode, jpegOf, waves } from './drawn-pictures.ts';
import { MODELS, NO_MODELS, sha256 } from './models.ts';

const skip = NO_MODELS;
const noProc = NO_MODELS || (process.platform === 'linux' ? false : 'there is no /proc here');
const notRoot = NO_MODELS || (process.getuid?.() === 0 ? false : 'only root can become somebody else');

const open = (options: Partial<PoolOptions> = {}): Promise<FacePool> =>
  openPool({ modelsFolder: MODELS, cacheFolder: MODELS, children: 1, sha256, say: () => undefined, ...options });
const bad = (options: Partial<PoolOptions> = {}): Promise<FacePool> =>
  open({ program: join(import.meta.dirname, 'bad-child.ts'), ...options });

const PICTURE = await encode(waves(64, 48)).jpeg().toBuffer();
const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
};

test('a child that never answers is ended in time, the picture is refused, and another child takes the next', {
  skip,
}, async () => {
  await using pool = await bad({ limits: { milliseconds: 300 } });
  const [first] = pool.pids;
  await assert.rejects(pool.find(PICTURE), { name: 'Refusal', code: 'face.timeout' });
  assert.equal(exists(first!), false);
  await assert.rejects(pool.find(PICTURE), { name: 'Refusal', code: 'face.timeout' });
  assert.notEqual(pool.pids[0], first);
});

test('a child that takes memory without end is ended, and the picture is refused', { skip: noProc }, async () => {
  await using pool = await bad({ limits: { memoryMiB: 300 } });
  const [first] = pool.pids;
  await assert.rejects(pool.describe(PICTURE, { enrol: true }), {
    name: 'Refusal',
    code: 'face.picture.size',
    facts: { memory_limit_mib: 300 },
  });
  assert.equal(exists(first!), false);
});

test('a child that ends or lies is a fault that may be tried again', { skip }, async () => {
  const said: string[] = [];
  await using pool = await bad({ say: (sentence) => said.push(sentence) });
  for (const options of [{}, { keepPicture: true }, {}]) {
    const before = pool.pids;
    await assert.rejects(pool.describe(PICTURE, options), { name: 'Fault', part: 'face' });
    for (const pid of before) assert.equal(exists(pid), false);
  }
  assert.ok(said.length >= 2);
});

test('a child killed with a picture in its hands costs that picture and nothing else', { skip }, async () => {
  await using pool = await open({ children: 2 });
  const face = await jpegOf(0);
  const fate = Promise.allSettled(Array.from({ length: 6 }, () => pool.describe(face)));
  process.kill(pool.pids[0]!, 'SIGKILL');
  const outcomes = await fate;
  const lost = outcomes.filter(({ status }) => status === 'rejected');
  assert.ok(lost.length <= 1, `${lost.length} lost`);
  for (const outcome of lost) assert.ok(outcome.status === 'rejected' && outcome.reason.name === 'Fault');
  const after = await Promise.all(Array.from({ length: 4 }, () => pool.describe(face)));
  assert.equal(after.length, 4);
});

test('when too many pictures wait, the next is turned away at once; those that wait get an answer', {
  skip,
}, async () => {
  await using pool = await bad({ limits: { milliseconds: 400, queue: 2 } });
  const asked = [pool.find(PICTURE), pool.find(PICTURE), pool.find(PICTURE)];
  const answers = Promise.allSettled(asked);
  await assert.rejects(pool.find(PICTURE), { name: 'Fault', part: 'face', facts: { waiting: 2 } });
  for (const answer of await answers) assert.ok(answer.status === 'rejected' && answer.reason.code === 'face.timeout');
});

test('a picture does not wait for a free child without end', { skip }, async () => {
  await using pool = await bad({ limits: { milliseconds: 2000, waitMilliseconds: 100 } });
  const first = assert.rejects(pool.find(PICTURE), { name: 'Refusal', code: 'face.timeout' });
  await assert.rejects(pool.find(PICTURE), { name: 'Fault', part: 'face', facts: { limit_ms: 100 } });
  await first;
});

test('a house whose face children do not start hears why', { skip }, async () => {
  const said: string[] = [];
  const program = join(import.meta.dirname, 'no-such-program.ts');
  await assert.rejects(open({ program, say: (sentence) => said.push(sentence) }), { name: 'Fault', part: 'face' });
  assert.match(said.join('\n'), /no-such-program/);
});

test('a pool that was closed leaves no child behind and takes no picture', { skip }, async () => {
  const pool = await bad();
  const { pids } = pool;
  const waiting = assert.rejects(pool.find(PICTURE), { name: 'Fault', part: 'face' });
  await pool.close();
  await waiting;
  for (const pid of pids) assert.equal(exists(pid), false);
  await assert.rejects(pool.find(PICTURE), { name: 'Fault', part: 'face' });
});

const statusOf = (pid: number, name: string): string[] =>
  readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))!
    .split(/\s+/)
    .slice(1);

test('a child has an empty environment, no core dump and, where the kernel allows, no network', {
  skip: noProc,
}, async () => {
  const said: string[] = [];
  await using pool = await open({ say: (sentence) => said.push(sentence) });
  const [pid] = pool.pids;
  assert.equal(readFileSync(`/proc/${pid}/environ`).length, 0);
  if (!said.some((sentence) => sentence.includes('network'))) {
    const cards = readFileSync(`/proc/${pid}/net/dev`, 'utf8').trim().split('\n').slice(2);
    assert.deepEqual(
      cards.map((line) => line.trim().split(':')[0]),
      ['lo'],
    );
    assert.equal(readFileSync(`/proc/${pid}/net/route`, 'utf8').trim().split('\n').length, 1, 'no way out');
  }
  if (!said.some((sentence) => sentence.includes('prlimit'))) {
    assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /Max core file size +0 +0/);
  }
});

test('started as root, a child becomes nobody once it is loaded, and describes faces all the same', {
  skip: notRoot,
}, async () => {
  await using pool = await open({ uid: 65534, gid: 65533 });
  const [pid] = pool.pids;
  assert.deepEqual(statusOf(pid!, 'Uid'), ['65534', '65534', '65534', '65534']);
  assert.deepEqual(statusOf(pid!, 'Gid'), ['65533', '65533', '65533', '65533']);
  assert.deepEqual(statusOf(pid!, 'Groups').filter(Boolean), []);
  assert.match(statusOf(pid!, 'CapEff')[0]!, /^0+$/);
  const described = await pool.describe(await jpegOf(1), { enrol: true, keepPicture: true });
  assert.equal(described.template.length, 512);
});

/** Milliseconds of a core that a process has used, to the ten that the kernel counts in. */
const usedBy = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
};

test('the worst pictures get their code within 200 ms of a core and bounded memory', { skip: noProc }, async () => {
  const flat = (width: number, height: number) =>
    encode({ width, height, rgb: new Uint8Array(3 * width * height).fill(90) });
  const waved = encode(waves(4000, 3000));
  const worst = {
    'a PNG of 24 megapixels in 80 KiB': await flat(6000, 4000).png().toBuffer(),
    'a JPEG of 24 megapixels': await flat(6000, 4000).jpeg().toBuffer(),
    'a progressive JPEG of 12 megapixels': await waved.clone().jpeg({ progressive: true }).toBuffer(),
    'an interlaced PNG of 8 megapixels': await flat(3200, 2400).png({ progressive: true }).toBuffer(),
    'a WebP of 12 megapixels': await waved.clone().webp().toBuffer(),
  };
  await using pool = await open();
  const [pid] = pool.pids;
  for (const [what, bytes] of Object.entries(worst)) {
    let least = Number.POSITIVE_INFINITY; // of three: a busy machine only ever adds
    for (let i = 0; i < 3; i += 1) {
      const before = usedBy(pid!);
      await assert.rejects(pool.describe(bytes), { name: 'Refusal', code: 'face.none' });
      least = Math.min(least, usedBy(pid!) - before);
    }
    assert.ok(least <= 200, `${what} took ${least} ms`);
  }
  assert.deepEqual(pool.pids, [pid]);
  const peak = Number(statusOf(pid!, 'VmHWM')[0]) / 1024;
  assert.ok(peak < 640, `${peak} MiB`);
});
