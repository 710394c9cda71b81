import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkability, rotate, rotationOf } from '@visor/vault';
import { dot, normals, seeded, toolsOf, unitOf } from './seeded.ts';

const LENGTH = 512;
const PAIRS = 1500;
const tools = toolsOf('keys');

/** Scores across two rotations: `rotated` decides how a template is rotated for one place or another. */
function scores(seed: string, rotated: (template: Float32Array, place: number) => Float32Array) {
  const random = seeded(seed);
  const person = (): Float32Array => unitOf(normals(random, LENGTH));
  const again = (of: Float32Array): Float32Array => unitOf(noisy(of));
  const noisy = (of: Float32Array): Float64Array => {
    const noise = normals(random, LENGTH);
    for (let at = 0; at < LENGTH; at += 1) noise[at] = of[at]! + 0.05 * noise[at]!;
    return noise;
  };
  const mated = new Float64Array(PAIRS);
  const other = new Float64Array(PAIRS);
  for (let i = 0; i < PAIRS; i += 1) {
    const [a, b] = [person(), person()];
    mated[i] = dot(rotated(a, 2 * i), rotated(again(a), 2 * i + 1));
    other[i] = dot(rotated(a, 2 * i), rotated(b, 2 * i + 1));
  }
  return linkability(mated, other, random);
}

test('templates of one person in two places cannot be told from those of two people', () => {
  let below = 0;
  for (const draw of ['a', 'b', 'c', 'd', 'e']) {
    const own = scores(draw, (template) => rotate(rotationOf(tools, tools.random(32), LENGTH), template));
    if (own.dSys <= own.floorP95) below += 1;
  }
  assert.ok(below >= 3, `${below} of 5 at the floor`); // 95 in 100 where there is nothing to find
});

test('one rotation for everybody is found at once', () => {
  const one = rotationOf(tools, tools.random(32), LENGTH);
  const found = scores('global', (template) => rotate(one, template));
  assert.ok(found.dSys > 0.95 && found.floorP95 < 0.2, JSON.stringify(found));
});

test('a small planted effect is found: one pair in five under the same key', () => {
  const shared = rotationOf(tools, tools.random(32), LENGTH);
  const found = scores('planted', (template, place) =>
    rotate(place % 10 < 2 ? shared : rotationOf(tools, tools.random(32), LENGTH), template),
  );
  assert.ok(found.dSys > 1.5 * found.floorP95, JSON.stringify(found));
});

test('too few scores, or unequal numbers of them, say nothing', () => {
  const few = new Float64Array(99);
  assert.throws(() => linkability(few, few, tools.random), RangeError);
  assert.throws(() => linkability(new Float64Array(100), new Float64Array(101), tools.random), RangeError);
});
