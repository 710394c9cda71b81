import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseFace,
  DETECTION,
  DETECTOR,
  decodeFaces,
  detectorInput,
  type FoundFace,
  keepBest,
  letterbox,
  overlap,
} from '@visor/face';
import fc from 'fast-check';

const aBox = fc.record({
  x: fc.integer({ min: 0, max: 60 }),
  y: fc.integer({ min: 0, max: 60 }),
  width: fc.integer({ min: 1, max: 50 }),
  height: fc.integer({ min: 1, max: 50 }),
});
const someFaces = fc
  .array(aBox, { maxLength: 30 })
  .map((boxes) => boxes.map((box, i): FoundFace => ({ box, score: 0.99 - ((i * 7919) % 390) / 1000 - i * 1e-6 })));

// By definition: count the pixels that lie in both boxes and in either.
function overlapByPixels(a: FoundFace['box'], b: FoundFace['box']): number {
  let [both, either] = [0, 0];
  for (let y = 0; y < 120; y += 1) {
    for (let x = 0; x < 120; x += 1) {
      const inside = [a, b].filter(
        (box) => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
      ).length;
      both += inside === 2 ? 1 : 0;
      either += inside > 0 ? 1 : 0;
    }
  }
  return both / either;
}

test('the overlap of two boxes is the share of pixels that lie in both', () => {
  fc.assert(
    fc.property(aBox, aBox, (a, b) => {
      assert.ok(Math.abs(overlap(a, b) - overlapByPixels(a, b)) < 1e-12);
    }),
    { seed: 3, numRuns: 60 },
  );
});

// By definition: a face stays when no better face that stays overlaps it too much.
function staysByDefinition(faces: readonly FoundFace[], face: FoundFace): boolean {
  return faces.every(
    (other) =>
      other.score <= face.score || overlap(other.box, face.box) <= DETECTION.same || !staysByDefinition(faces, other),
  );
}

test('of boxes that overlap, the best stays, and nothing else goes', () => {
  fc.assert(
    fc.property(someFaces, (faces) => {
      const kept = keepBest(faces);
      assert.deepEqual(new Set(kept), new Set(faces.filter((face) => staysByDefinition(faces, face))));
      for (let i = 1; i < kept.length; i += 1) assert.ok(kept[i]!.score <= kept[i - 1]!.score);
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('a picture full of boxes costs bounded work and gives a bounded list', () => {
  const faces = Array.from({ length: 4420 }, (_, i) => ({ box: { x: 9 * i, y: 0, width: 4, height: 4 }, score: 0.9 }));
  assert.equal(keepBest(faces).length, DETECTION.most);
});

test('a letterboxed picture keeps its shape, lies inside and touches two sides', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 800 }), fc.integer({ min: 1, max: 800 }), (width, height) => {
      const place = letterbox({ width, height });
      assert.ok(place.left >= 0 && place.left + place.width <= DETECTOR.width);
      assert.ok(place.top >= 0 && place.top + place.height <= DETECTOR.height);
      assert.ok(place.width === DETECTOR.width || place.height === DETECTOR.height);
      const scale = Math.min(DETECTOR.width / width, DETECTOR.height / height);
      assert.ok(Math.abs(place.width - Math.max(1, width * scale)) <= 0.5);
      assert.ok(Math.abs(place.height - Math.max(1, height * scale)) <= 0.5);
    }),
    { seed: 11 },
  );
});

test('a box that the detector gives comes back where it lies in the picture', () => {
  for (const picture of [
    { width: 640, height: 480 },
    { width: 300, height: 800 },
    { width: 800, height: 100 },
  ]) {
    const place = letterbox(picture);
    const box = {
      x: 0.25 * picture.width,
      y: 0.5 * picture.height,
      width: 0.5 * picture.width,
      height: 0.25 * picture.height,
    };
    const inInput = (x: number, y: number): [number, number] => [
      (place.left + (x / picture.width) * place.width) / DETECTOR.width,
      (place.top + (y / picture.height) * place.height) / DETECTOR.height,
    ];
    const corners = [...inInput(box.x, box.y), ...inInput(box.x + box.width, box.y + box.height)];
    const [face] = decodeFaces(Float32Array.of(0.1, 0.9), Float32Array.from(corners), picture);
    for (const side of ['x', 'y', 'width', 'height'] as const)
      assert.ok(Math.abs(face!.box[side] - box[side]) < 0.01, side);
    assert.ok(Math.abs(face!.score - 0.9) < 1e-6);
  }
});

test('what scores too low, has no area or is no number is not a face', () => {
  const picture = { width: 320, height: 240 };
  const good = [0.1, 0.1, 0.3, 0.4];
  const cases = [
    { what: 'a low score', score: DETECTION.score - 1e-6, box: good },
    { what: 'a score that is no number', score: Number.NaN, box: good },
    { what: 'no width', score: 0.9, box: [0.3, 0.1, 0.3, 0.4] },
    { what: 'a corner that is no number', score: 0.9, box: [Number.NaN, 0.1, 0.3, 0.4] },
  ];
  for (const { what, score, box } of cases) {
    assert.deepEqual(decodeFaces(Float32Array.of(1 - score, score), Float32Array.from(box), picture), [], what);
  }
  assert.equal(decodeFaces(Float32Array.of(0.1, 0.9), Float32Array.from(good), picture).length, 1);
});

test('the detector gets red, green and blue planes around 0 and nothing where the picture is not', () => {
  const picture = { width: 400, height: 240 };
  const place = letterbox(picture);
  const rgb = new Uint8Array(3 * place.width * place.height);
  for (let i = 0; i < rgb.length; i += 1) rgb[i] = (i * 31) % 256;
  const input = detectorInput({ width: place.width, height: place.height, rgb }, place);
  assert.equal(input.length, 3 * DETECTOR.width * DETECTOR.height);
  for (let c = 0; c < 3; c += 1) {
    for (let y = 0; y < DETECTOR.height; y += 7) {
      for (let x = 0; x < DETECTOR.width; x += 7) {
        const [px, py] = [x - place.left, y - place.top];
        const inside = px >= 0 && px < place.width && py >= 0 && py < place.height;
        const expected = inside ? (rgb[3 * (py * place.width + px) + c]! - 127) / 128 : 0;
        assert.equal(input[(c * DETECTOR.height + y) * DETECTOR.width + x], Math.fround(expected));
      }
    }
  }
});

const face = (x: number, y: number, size: number): FoundFace => ({
  box: { x, y, width: size, height: size },
  score: 0.9,
});
const PICTURE = { width: 400, height: 400 };

test('the one face of a picture is taken; a bystander far behind does not count, a second person does', () => {
  assert.equal(chooseFace([face(100, 100, 200)], PICTURE).box.x, 100);
  assert.equal(chooseFace([{ ...face(0, 0, 60), score: 0.99 }, face(100, 100, 200)], PICTURE).box.x, 100);
  const refusals = [
    { what: 'nobody', faces: [], code: 'face.none' },
    { what: 'two alike', faces: [face(0, 100, 150), face(200, 100, 150)], code: 'face.several' },
    { what: 'a smaller second one', faces: [face(0, 100, 200), face(220, 100, 145)], code: 'face.several' },
    { what: 'a crowd', faces: [face(0, 0, 90), face(100, 0, 90), face(200, 0, 90)], code: 'face.several' },
  ];
  for (const { what, faces, code } of refusals)
    assert.throws(() => chooseFace(faces, PICTURE), { name: 'Refusal', code }, what);
});

test('a protocol that asks for the central face gets it, whoever else is there', () => {
  const middle = face(160, 170, 60);
  assert.equal(chooseFace([face(0, 0, 150), middle, face(260, 250, 130)], PICTURE, 'central'), middle);
  assert.throws(() => chooseFace([], PICTURE, 'central'), { name: 'Refusal', code: 'face.none' });
});
