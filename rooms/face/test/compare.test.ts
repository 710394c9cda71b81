import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFaces, compareTemplates, decide, FACE_MODEL, meanTemplate, operatingPoint, unit } from '@visor/face';
import fc from 'fast-check';

const LENGTH = FACE_MODEL.length;
const seeded = (seed: number): Float32Array => {
  let state = seed;
  return unit(
    Float32Array.from({ length: LENGTH }, () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff - 0.5;
    }),
  );
};
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test('a face is as like itself as can be, and the opposite of its opposite', () => {
  const face = seeded(1);
  assert.equal(compareFaces(FACE_MODEL, face, face) > 1 - 1e-6, true);
  assert.ok(compareFaces(FACE_MODEL, face, face) <= 1);
  assert.ok(
    compareFaces(
      FACE_MODEL,
      face,
      face.map((value) => -value),
    ) <
      -1 + 1e-6,
  );
});

test('two faces are compared by the plain cosine, whichever comes first', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e6), (i, j) => {
      const [a, b] = [seeded(i), seeded(j)];
      const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      assert.ok(Math.abs(compareFaces(FACE_MODEL, a, b) - cosine) < 1e-6);
      assert.equal(compareFaces(FACE_MODEL, a, b), compareFaces(FACE_MODEL, b, a));
    }),
    { seed: 7, numRuns: 50 },
  );
});

// What the package that carries the weights does, by its definition: it takes the mean of the two vectors from both.
function withoutTheirMean(a: Float32Array, b: Float32Array): number {
  const [x, y] = [a, b].map((side) => side.map((value, i) => value - (a[i]! + b[i]!) / 2));
  return dot(x!, y!) / Math.sqrt(dot(x!, x!) * dot(y!, y!));
}

test('the comparison of the package with the weights says -1 for any two faces and nothing for equal ones; ours does not', () => {
  const [a, b] = [seeded(1), seeded(2)];
  const near = unit(a.map((value, i) => value + 0.1 * b[i]!));
  assert.ok(Math.abs(withoutTheirMean(a, near) + 1) < 1e-6);
  assert.ok(Math.abs(withoutTheirMean(a, b) + 1) < 1e-6);
  assert.ok(Number.isNaN(withoutTheirMean(a, a)));
  assert.ok(compareFaces(FACE_MODEL, a, near) > 0.99);
  assert.ok(Math.abs(compareFaces(FACE_MODEL, a, b)) < 0.3);
});

test('templates of another length, of nothing that is a number, or of another model are refused', () => {
  const face = seeded(1);
  const broken = face.map((value, i) => (i === 5 ? Number.NaN : value));
  const refusals = [
    { what: 'too short', of: () => compareFaces(FACE_MODEL, face.subarray(1), face), code: 'face.template.shape' },
    { what: 'empty', of: () => compareFaces(FACE_MODEL, face, new Float32Array(0)), code: 'face.template.shape' },
    { what: 'not a number', of: () => compareFaces(FACE_MODEL, face, broken), code: 'face.template.shape' },
    {
      what: 'means of different lengths',
      of: () => meanTemplate([face, face.subarray(1)]),
      code: 'face.template.shape',
    },
    { what: 'a mean of nothing', of: () => meanTemplate([]), code: 'face.template.shape' },
    { what: 'a mean of opposites', of: () => meanTemplate([face, face.map((v) => -v)]), code: 'face.template.shape' },
    {
      what: 'the probe of another model',
      of: () =>
        compareTemplates(FACE_MODEL, { model: FACE_MODEL.id, template: face }, { model: 'other@1', template: face }),
      code: 'face.model.other',
    },
    {
      what: 'two templates of one other model',
      of: () =>
        compareTemplates(FACE_MODEL, { model: 'other@1', template: face }, { model: 'other@1', template: face }),
      code: 'face.model.other',
    },
  ];
  for (const { what, of, code } of refusals) assert.throws(of, { name: 'Refusal', code }, what);
});

test('templates that say that they are of this model compare', () => {
  const [a, b] = [seeded(1), seeded(2)];
  const score = compareTemplates(
    FACE_MODEL,
    { model: FACE_MODEL.id, template: a },
    { model: FACE_MODEL.id, template: b },
  );
  assert.equal(score, compareFaces(FACE_MODEL, a, b));
});

test('a decision is made at an operating point that was measured, and its threshold accepts', () => {
  for (const { far, threshold } of FACE_MODEL.points) {
    assert.equal(decide(FACE_MODEL, threshold, far), 'accept');
    assert.equal(decide(FACE_MODEL, threshold - 1e-9, far), 'refuse');
    assert.equal(operatingPoint(FACE_MODEL, far).threshold, threshold);
  }
  assert.throws(() => decide(FACE_MODEL, 1, 1e-7), RangeError);
});

test('a stricter operating point asks for a higher score', () => {
  const points = [...FACE_MODEL.points].sort((a, b) => b.far - a.far);
  assert.ok(points.length >= 4);
  for (let i = 1; i < points.length; i += 1) assert.ok(points[i]!.threshold > points[i - 1]!.threshold);
});

test('the mean of several pictures lies between them and has length 1', () => {
  const [a, b] = [seeded(1), seeded(2)];
  const mean = meanTemplate([a, b]);
  assert.ok(Math.abs(dot(mean, mean) - 1) < 1e-5);
  assert.ok(Math.abs(dot(mean, a) - dot(mean, b)) < 1e-5);
  assert.ok(dot(mean, a) > dot(a, b));
  assert.ok(dot(meanTemplate([a, a, a]), a) > 1 - 1e-6);
});
