import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bytes } from '@visor/record';
import { packTemplate, rotate, rotateOn, rotationOf, turnBack, unpackTemplate } from '@visor/vault';
import { dot, normals, secret, seeded, toolsOf, unitOf } from './seeded.ts';

const LENGTH = 512;
const tools = toolsOf('rotation');
const random = seeded('templates');
const template = (): Float32Array => unitOf(normals(random, LENGTH));
const rotation = (name: string, length = LENGTH) => rotationOf(tools, secret(name), length);

/** The largest difference of two vectors in one place. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, at) => Math.abs(value - b[at]!)));

/** The rotation by its definition: permutation · (H · D₃) · (H · D₂) · (H · D₁), H the Sylvester matrix over √n. */
function byDefinition(of: { signs: Float32Array; places: Uint16Array }, vector: readonly number[]): number[] {
  const n = vector.length;
  const entry = (i: number, j: number): number => {
    let bits = i & j;
    let odd = 0;
    for (; bits > 0; bits >>= 1) odd ^= bits & 1;
    return (odd === 1 ? -1 : 1) / Math.sqrt(n);
  };
  let now = [...vector];
  for (let round = 0; round < 3; round += 1) {
    const flipped = now.map((value, at) => value * of.signs[round * n + at]!);
    now = flipped.map((_, i) => flipped.reduce((sum, value, j) => sum + entry(i, j) * value, 0));
  }
  return Array.from(of.places, (place) => now[place]!);
}

test('a template is rotated as the definition says', () => {
  const n = 64;
  for (const name of ['a', 'b', 'c']) {
    const of = rotation(name, n);
    const vector = unitOf(normals(random, n));
    const expected = byDefinition(of, [...vector]);
    assert.ok(apart(rotate(of, vector), expected) < 1e-6);
  }
});

test('signs are signs, places are a permutation, and another secret gives others', () => {
  const [a, b] = [rotation('a'), rotation('b')];
  assert.deepEqual([...new Set(a.signs)].sort(), [-1, 1]);
  assert.deepEqual(
    [...a.places].sort((x, y) => x - y),
    Array.from({ length: LENGTH }, (_, at) => at),
  );
  assert.notDeepEqual(a.places, b.places);
  assert.notDeepEqual(a.signs, b.signs);
  assert.deepEqual(rotation('a'), a);
});

test('rotated templates compare like plain ones, and turned back they are what they were', () => {
  for (let i = 0; i < 20; i += 1) {
    const [a, b, of] = [template(), template(), rotation(`pair ${i}`)];
    assert.ok(Math.abs(dot(rotate(of, a), rotate(of, b)) - dot(a, b)) < 1e-6);
    assert.ok(apart(turnBack(of, rotate(of, a)), a) < 1e-6);
  }
});

test('a template is rotated on to another secret without being taken again', () => {
  const [from, to, a] = [rotation('old'), rotation('new'), template()];
  const on = rotateOn(from, to, rotate(from, a));
  assert.ok(apart(rotate(to, a), on) < 1e-6);
});

test('packed into bytes a template scores as before, within a thousandth', () => {
  let worst = 0;
  for (let i = 0; i < 200; i += 1) {
    const of = rotation(`pack ${i}`);
    const a = rotate(of, template());
    const near = unitOf(Float64Array.from(a, (value, at) => value + 0.04 * a[(at * 7 + i) % LENGTH]!));
    const packed = packTemplate(a);
    assert.equal(packed.length, LENGTH + 5);
    worst = Math.max(worst, Math.abs(dot(unpackTemplate(packed), near) - dot(a, near)));
  }
  assert.ok(worst < 1e-3, String(worst));
});

test('what is no template is refused', () => {
  const shape = { name: 'Refusal', code: 'face.template.shape' };
  const good = packTemplate(rotate(rotation('a'), template()));
  const changed = (at: number, value: number): Bytes => good.map((byte, i) => (i === at ? value : byte));
  for (const [what, act] of [
    ['a shorter one', () => rotate(rotation('a'), template().slice(1))],
    ['a longer one turned back', () => turnBack(rotation('a'), new Float32Array(513))],
    ['nothing', () => packTemplate(new Float32Array(LENGTH))],
    ['not a number', () => packTemplate(template().fill(Number.NaN))],
    ['a number out of range', () => packTemplate(template().fill(3))],
    ['no bytes', () => unpackTemplate(new Uint8Array(0))],
    ['a head alone', () => unpackTemplate(good.slice(0, 5))],
    ['another form', () => unpackTemplate(changed(0, 2))],
    ['only zeros', () => unpackTemplate(Uint8Array.from(good, (byte, at) => (at < 5 ? byte : 0)))],
  ] as const) {
    assert.throws(act, shape, what);
  }
  assert.throws(() => rotationOf(tools, secret('a').slice(1), LENGTH), RangeError);
  assert.throws(() => rotationOf(tools, secret('a'), 500), RangeError);
});
