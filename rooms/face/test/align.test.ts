import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CROP_POINTS,
  CROP_SIDE,
  fitSimilarity,
  invert,
  type Point,
  type Raster,
  type Similarity,
  warp,
} from '@visor/face';
import fc from 'fast-check';

const aPoint = fc.record({
  x: fc.double({ min: -200, max: 900, noNaN: true }),
  y: fc.double({ min: -200, max: 900, noNaN: true }),
});
const fivePoints = fc.array(aPoint, { minLength: 5, maxLength: 5 });
const spreadOf = (points: readonly Point[]): number =>
  Math.max(...points.map(({ x }) => x)) - Math.min(...points.map(({ x }) => x));

const apply = ({ a, b, tx, ty }: Similarity, { x, y }: Point): Point => ({
  x: a * x - b * y + tx,
  y: b * x + a * y + ty,
});

// By definition: the least squares over (a, b, tx, ty), by its normal equations and Gauss elimination.
function fitByNormalEquations(from: readonly Point[], to: readonly Point[]): Similarity {
  const rows = from.flatMap(({ x, y }, i) => [
    { row: [x, -y, 1, 0], value: to[i]!.x },
    { row: [y, x, 0, 1], value: to[i]!.y },
  ]);
  const matrix = [0, 1, 2, 3].map((r) => [
    ...[0, 1, 2, 3].map((c) => rows.reduce((sum, { row }) => sum + row[r]! * row[c]!, 0)),
    rows.reduce((sum, { row, value }) => sum + row[r]! * value, 0),
  ]);
  // The matrix is positive definite where the points are not one, so no pivot is 0.
  for (let c = 0; c < 4; c += 1) {
    for (let r = 0; r < 4; r += 1) {
      const factor = r === c ? 0 : matrix[r]![c]! / matrix[c]![c]!;
      for (let k = c; k <= 4; k += 1) matrix[r]![k]! -= factor * matrix[c]![k]!;
    }
  }
  const [a, b, tx, ty] = matrix.map((row, r) => row[4]! / row[r]!);
  return { a: a!, b: b!, tx: tx!, ty: ty! };
}

test('the similarity of five points is the one with the least squares', () => {
  fc.assert(
    fc.property(fivePoints, fivePoints, (from, to) => {
      fc.pre(spreadOf(from) > 50 && spreadOf(to) > 50);
      const fitted = fitSimilarity(from, to);
      fc.pre(fitted !== undefined && Math.hypot(fitted.a, fitted.b) > 1e-3);
      const expected = fitByNormalEquations(from, to);
      for (const part of ['a', 'b'] as const) assert.ok(Math.abs(fitted![part] - expected[part]) < 1e-6, part);
      for (const part of ['tx', 'ty'] as const) assert.ok(Math.abs(fitted![part] - expected[part]) < 1e-3, part);
    }),
    { seed: 13, numRuns: 200 },
  );
});

test('a face that was only turned, scaled and moved is brought exactly to the places of the crop', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -3.1, max: 3.1, noNaN: true }),
      fc.double({ min: 0.2, max: 8, noNaN: true }),
      aPoint,
      (angle, scale, { x: tx, y: ty }) => {
        const away = { a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx, ty };
        const back = fitSimilarity(
          CROP_POINTS.map((point) => apply(away, point)),
          CROP_POINTS,
        )!;
        for (const point of CROP_POINTS) {
          const there = apply(back, apply(away, point));
          assert.ok(Math.hypot(there.x - point.x, there.y - point.y) < 1e-6);
        }
        const inverse = invert(away);
        for (const part of ['a', 'b'] as const) assert.ok(Math.abs(inverse[part] - back[part]) < 1e-6);
      },
    ),
    { seed: 17 },
  );
});

test('a mirrored face is not mirrored back: the transform turns and scales only', () => {
  const mirrored = CROP_POINTS.map(({ x, y }) => ({ x: -x, y }));
  const { a, b } = fitSimilarity(mirrored, CROP_POINTS)!;
  assert.ok(a * a + b * b > 0);
  const landed = mirrored.map((point) => apply(fitSimilarity(mirrored, CROP_POINTS)!, point));
  assert.ok(landed.some((point, i) => Math.hypot(point.x - CROP_POINTS[i]!.x, point.y - CROP_POINTS[i]!.y) > 5));
});

test('points in one place give no transform', () => {
  const one = CROP_POINTS.map(() => ({ x: 3, y: 4 }));
  assert.equal(fitSimilarity(one, CROP_POINTS), undefined);
  assert.equal(fitSimilarity(CROP_POINTS, one), undefined);
});

// Four points with red growing to the right, green downwards, blue constant: what bilinear sampling keeps exactly.
function gradient(width: number, height: number): Raster {
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rgb.set([x, y, (x * 7 + y * 13) % 256], 3 * (y * width + x));
  }
  return { width, height, rgb };
}

// By definition, one sample a pixel: the four pixels around the place, weighed by how near it is to their middles.
function pixelByDefinition({ width, height, rgb }: Raster, { x, y }: Point, channel: number): number {
  if (x < 0 || y < 0 || x >= width || y >= height) return 127;
  let sum = 0;
  for (let py = Math.floor(y - 0.5); py <= Math.floor(y - 0.5) + 1; py += 1) {
    for (let px = Math.floor(x - 0.5); px <= Math.floor(x - 0.5) + 1; px += 1) {
      const weight = (1 - Math.abs(px + 0.5 - x)) * (1 - Math.abs(py + 0.5 - y));
      const [nx, ny] = [Math.min(width - 1, Math.max(0, px)), Math.min(height - 1, Math.max(0, py))];
      sum += weight * rgb[3 * (ny * width + nx) + channel]!;
    }
  }
  return sum;
}

test('a crop is what bilinear sampling says at every pixel, turned, moved and partly outside', () => {
  const picture = gradient(200, 180);
  for (const toCrop of [
    { a: 1, b: 0, tx: 0, ty: 0 },
    { a: 0.9, b: 0.25, tx: 11.3, ty: -40.7 },
    { a: 1.8, b: -0.6, tx: -30, ty: 60 },
    { a: -0.8, b: 0.4, tx: 150, ty: 90 },
  ]) {
    const crop = warp(picture, toCrop);
    const back = invert(toCrop);
    let outside = 0;
    for (let i = 0; i < CROP_SIDE * CROP_SIDE; i += 1) {
      const place = apply(back, { x: (i % CROP_SIDE) + 0.5, y: Math.floor(i / CROP_SIDE) + 0.5 });
      outside += place.x < 0 || place.y < 0 || place.x >= 200 || place.y >= 180 ? 1 : 0;
      for (let c = 0; c < 3; c += 1)
        assert.ok(Math.abs(crop.rgb[3 * i + c]! - pixelByDefinition(picture, place, c)) <= 0.5001);
    }
    assert.equal(crop.outside, outside / (CROP_SIDE * CROP_SIDE));
  }
});

test('a picture four times finer is averaged, not skipped over', () => {
  const side = 4 * CROP_SIDE;
  const stripes = new Uint8Array(3 * side * side).map((_, i) => (Math.floor(i / 3) % 2 === 0 ? 0 : 200));
  const crop = warp({ width: side, height: side, rgb: stripes }, { a: 0.25, b: 0, tx: 0, ty: 0 });
  for (const value of crop.rgb) assert.ok(Math.abs(value - 100) <= 1, String(value));
});

test('a larger crop shows the same place with more pixels', () => {
  const picture = gradient(240, 240);
  const toCrop = { a: 1, b: 0, tx: -20, ty: -30 };
  const [small, large] = [warp(picture, toCrop), warp(picture, toCrop, 2 * CROP_SIDE)];
  assert.equal(large.width, 224);
  const at = ({ width, rgb }: Raster, x: number, y: number): readonly number[] => [
    ...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
  ];
  for (let y = 1; y < 110; y += 9) {
    for (let x = 1; x < 110; x += 9) {
      const four = [0, 1, 2, 3].map((k) => at(large, 2 * x + (k % 2), 2 * y + (k >> 1)));
      for (const c of [0, 1]) {
        const mean = four.reduce((sum, pixel) => sum + pixel[c]! / 4, 0);
        assert.ok(Math.abs(mean - at(small, x, y)[c]!) <= 1);
      }
    }
  }
});
