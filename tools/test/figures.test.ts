import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { median, percentile, readFigures } from '../figures.ts';
import { type LongRun, seeded } from '../long-run.ts';
import { readLongPlan } from '../runner/long-plan.ts';
import { runProgram } from '../runner/run-program.ts';

test('only the last line of a bench counts, and only whole', () => {
  const line = '{"bench":"write","figures":{"p50_ms_64":1.5}}';
  assert.deepEqual(readFigures('write', `a table\n${line}\n`), { p50_ms_64: 1.5 });
  const refused = [
    '',
    'a table',
    `${line}\nafter`,
    '{"bench":"write"}',
    '{"bench":"write","figures":{}}',
    '[1]',
    'null',
  ];
  for (const output of [
    ...refused,
    '{"bench":"write","figures":{"a":null}}',
    '{"bench":"write","figures":{"a":"1"}}',
  ]) {
    assert.equal(readFigures('write', output), undefined, output);
  }
  assert.equal(readFigures('ledger', line), undefined, 'the figures of another bench');
});

test('percentiles are drawn straight between two values', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(percentile([10, 20, 30, 40, 50], 99), 49.6);
  assert.equal(percentile([7], 5), 7);
  assert.throws(() => median([]), RangeError);
  for (const share of [0.5, 0.99, -1, 101]) assert.throws(() => percentile([1, 2], share), RangeError, String(share));
});

test('a long run is asked by minutes, seed and name, and refuses what it does not understand', () => {
  const full = { seed: 9, minutes: Number.POSITIVE_INFINITY, only: undefined };
  assert.deepEqual(readLongPlan([], 9), full);
  assert.deepEqual(readLongPlan(['--minutes', '10', '--seed', '77'], 9), { seed: 77, minutes: 10, only: undefined });
  assert.deepEqual(readLongPlan(['--only', 'kills'], 9), { ...full, only: 'kills' });
  assert.deepEqual(readLongPlan(['--seed', '87e5dc0f'], 9), { ...full, seed: 0x87e5dc0f });
  for (const args of [
    ['--minutes'],
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--seed', '-1'],
    ['--fast', 'yes'],
    ['kills'],
  ]) {
    assert.equal(typeof readLongPlan(args, 9), 'string', args.join(' '));
  }
});

test('a seed gives the same numbers again, and another seed gives others', () => {
  const take = (seed: number): number[] => Array.from({ length: 1000 }, seeded(seed));
  assert.deepEqual(take(1), take(1));
  assert.notDeepEqual(take(1), take(2));
  for (const seed of [0, 1, 2, 0xffffffff]) {
    const mean = take(seed).reduce((sum, value) => sum + value, 0) / 1000; // n = 1000: a fair source strays 0.05 once in 10^7
    assert.ok(Math.abs(mean - 0.5) < 0.05, `seed ${seed}: mean ${mean}`);
    assert.ok(take(seed).every((value) => value >= 0 && value < 1));
  }
});

test('every long run has the shape of one and does nothing when it is imported', async () => {
  for (const file of globSync('tools/long/*.ts')) {
    const long: LongRun = await import(pathToFileURL(resolve(file)).href);
    assert.equal(long.name, basename(file, '.ts'));
    assert.ok(Number.isSafeInteger(long.full) && long.full > 0, `${file}: full`);
    assert.equal(typeof long.run, 'function');
  }
});

test('a bench or a long run that is asked for wrongly says how it is used, and ends with 2', async () => {
  for (const args of [
    ['tools/bench.ts'],
    ['tools/bench.ts', 'no-such-bench'],
    ['tools/bench.ts', '../bench'],
    ['tools/long.ts', '--fast'],
  ]) {
    const { code, output } = await runProgram({ command: process.execPath, args, limitSeconds: 30 });
    assert.equal(code, 2, args.join(' '));
    assert.match(output, /usage: npm run (bench|long) -- /);
  }
});
