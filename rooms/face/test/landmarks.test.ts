import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeLandmarks,
  embeddingInput,
  fivePoints,
  LANDMARKS,
  landmarkInput,
  landmarkSquare,
  mirrored,
  type Point,
  type Raster,
  yawOf,
} from '@visor/face';

function noise(width: number, height: number): Raster {
  let state = 9;
  const rgb = Uint8Array.from({ length: 3 * width * height }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 12) & 255;
  });
  return { width, height, rgb };
}

test('the landmark model gets a square as high as the detection, on its middle', () => {
  assert.deepEqual(landmarkSquare({ x: 100, y: 50, width: 60, height: 90 }), { x: 85, y: 50, width: 90, height: 90 });
  assert.deepEqual(landmarkSquare({ x: 10, y: 5, width: 90, height: 60 }), { x: 25, y: 5, width: 60, height: 60 });
});

test('its input is the grey of every cell over 256, the edge repeated outside', () => {
  const picture = noise(150, 150);
  for (const square of [
    { x: 3, y: 5, width: 64, height: 64 },
    { x: -20, y: 100, width: 128, height: 128 },
    { x: 10.4, y: 7.9, width: 40, height: 40 },
  ]) {
    const input = landmarkInput(picture, square);
    const cell = square.width / LANDMARKS.side;
    const n = Math.max(1, Math.round(cell));
    for (let i = 0; i < input.length; i += 1) {
      let sum = 0;
      for (let k = 0; k < n * n; k += 1) {
        const x = Math.floor(square.x + cell * ((i % 64) + ((k % n) + 0.5) / n));
        const y = Math.floor(square.y + cell * (Math.floor(i / 64) + (Math.floor(k / n) + 0.5) / n));
        const at = 3 * (Math.min(149, Math.max(0, y)) * 150 + Math.min(149, Math.max(0, x)));
        sum += (0.299 * picture.rgb[at]! + 0.587 * picture.rgb[at + 1]! + 0.114 * picture.rgb[at + 2]!) / 256;
      }
      assert.ok(Math.abs(input[i]! - sum / (n * n)) < 1e-5);
    }
  }
});

test('landmarks come back in the picture’s pixels, and five of them stand for the face', () => {
  const answer = Float32Array.from({ length: 136 }, (_, i) => (i % 2 === 0 ? i / 2 / 68 : 0.25));
  const points = decodeLandmarks(answer, { x: 100, y: 200, width: 50, height: 50 });
  assert.equal(points.length, 68);
  for (const [i, { x, y }] of points.entries()) {
    assert.ok(Math.abs(x - (100 + (50 * i) / 68)) < 1e-4);
    assert.ok(Math.abs(y - 212.5) < 1e-4);
  }
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = fivePoints(points);
  const meanX = (from: number, to: number): number =>
    points.slice(from, to + 1).reduce((sum, { x }) => sum + x, 0) / (to - from + 1);
  assert.ok(Math.abs(leftEye.x - meanX(36, 41)) < 1e-9);
  assert.ok(Math.abs(rightEye.x - meanX(42, 47)) < 1e-9);
  assert.deepEqual([nose, leftMouth, rightMouth], [points[30], points[48], points[54]]);
});

const looking = (noseX: number, turn: number): [Point, Point, Point, Point, Point] => {
  const rotated = (x: number, y: number): Point => ({
    x: x * Math.cos(turn) - y * Math.sin(turn),
    y: x * Math.sin(turn) + y * Math.cos(turn),
  });
  return [rotated(-30, 0), rotated(30, 0), rotated(noseX, 35), rotated(-20, 60), rotated(20, 60)];
};

test('the turn of a head is told by where its nose stands, however the head leans', () => {
  for (const lean of [-0.6, 0, 0.4]) {
    assert.ok(Math.abs(yawOf(looking(0, lean))) < 1e-9);
    assert.ok(yawOf(looking(10, lean)) > 5);
    assert.ok(Math.abs(yawOf(looking(10, lean)) + yawOf(looking(-10, lean))) < 1e-9);
    assert.ok(yawOf(looking(20, lean)) > yawOf(looking(10, lean)));
  }
});

test('the embedding gets blue, green and red planes, in this order', () => {
  const crop = noise(112, 112);
  const input = embeddingInput(crop);
  for (let i = 0; i < 112 * 112; i += 1) {
    for (const [plane, channel] of [
      [0, 2],
      [1, 1],
      [2, 0],
    ] as const) {
      assert.equal(input[plane * 112 * 112 + i], Math.fround((crop.rgb[3 * i + channel]! - 127.5) / 128));
    }
  }
});

test('the mirrored input is the mirrored crop’s, and twice mirrored the same', () => {
  const crop = noise(112, 112);
  const flipped = new Uint8Array(crop.rgb.length);
  for (let y = 0; y < 112; y += 1) {
    for (let x = 0; x < 112; x += 1) {
      for (let c = 0; c < 3; c += 1) flipped[3 * (y * 112 + x) + c] = crop.rgb[3 * (y * 112 + 111 - x) + c]!;
    }
  }
  assert.deepEqual(mirrored(embeddingInput(crop)), embeddingInput({ ...crop, rgb: flipped }));
  assert.deepEqual(mirrored(mirrored(embeddingInput(crop))), embeddingInput(crop));
});
