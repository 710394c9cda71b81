import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '@visor/record';
import { random } from '@visor/server';

test('chance is never handed out twice, and what was handed out is its own', () => {
  const lengths = [1, 12, 16, 32, 320, 4_096, 4_097, 70_000];
  for (const length of lengths) assert.equal(random(length).length, length);
  const drawn = Array.from({ length: 20_000 }, () => random(16)); // five times round the pool
  const before = drawn.map(hex);
  assert.equal(new Set(before).size, drawn.length);
  random(320).fill(0);
  assert.deepEqual(drawn.map(hex), before);
  const ones = drawn.reduce(
    (sum, bytes) => sum + bytes.reduce((n, byte) => n + byte.toString(2).replaceAll('0', '').length, 0),
    0,
  );
  const bits = drawn.length * 128;
  assert.ok(Math.abs(ones - bits / 2) < 5 * Math.sqrt(bits / 4), `${ones} ones among ${bits} bits`);
});
