import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { compareFaces, FACE_MODEL, MANIFEST } from '@visor/face';
import {
  type Aligned,
  alignFace,
  decodePicture,
  describeFace,
  loadNetworks,
  type Networks,
  readModels,
} from '@visor/face/pool';
import { captureOf, drawFrame, drawHead, type FrameOptions, type Head, landmarksOf, PEOPLE } from '@visor/people';
import sharp from 'sharp';

const MODELS = resolve(process.env.VISOR_DATA ?? 'data', 'models');
const missing = Object.values(MANIFEST.files).find(({ file }) => !existsSync(join(MODELS, file)));
const skip = missing === undefined ? false : `the face model ${missing.file} is not here`;

/** The drill asserts every pair of four pictures a person; here two, so that the test run stays short. */
const CAPTURES = 2;
const SIDES = [-35, 35];

async function openNetworks(): Promise<Networks> {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'visor-people-'));
  const sha256 = (data: Uint8Array) => new Uint8Array(hash('sha256', data, 'buffer'));
  try {
    return await loadNetworks(await readModels({ modelsFolder: MODELS, cacheFolder, sha256, say: () => undefined }));
  } finally {
    await rm(cacheFolder, { recursive: true });
  }
}

/** A drawn frame as a camera would hand it in: a JPEG, read again. */
async function photograph(head: Head, options: FrameOptions) {
  const { width, height, rgb } = drawFrame(head, options);
  const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 86 })
    .toBuffer();
  return decodePicture({ pixels: jpeg, orientation: 1 });
}

/** Distance of the found eyes, nose and mouth from the drawn ones, as a share of the distance between the eyes. */
function landmarkError({ landmarks }: Pick<Aligned, 'landmarks'>, head: Head, options: FrameOptions): number {
  const truth = landmarksOf(head, options);
  const middle = (from: number, to: number) => {
    const points = landmarks.slice(from, to + 1);
    const sum = (axis: 'x' | 'y') => points.reduce((total, point) => total + point[axis], 0) / points.length;
    return [sum('x'), sum('y')] as const;
  };
  const far = (a: readonly [number, number], b: readonly [number, number]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const errors = [
    far(middle(36, 41), truth.leftEye),
    far(middle(42, 47), truth.rightEye),
    far(middle(30, 30), truth.noseTip),
    far(middle(48, 48), truth.leftMouth),
    far(middle(54, 54), truth.rightMouth),
  ];
  return errors.reduce((total, error) => total + error, 0) / errors.length / far(truth.leftEye, truth.rightEye);
}

test('every drawn person is found from the front and the sides, and two pictures of one are closer than of any two', {
  skip,
}, async (t) => {
  const networks = await openNetworks();
  const templates: Float32Array[][] = [];
  const errors: number[] = [];
  for (const person of PEOPLE) {
    const head = drawHead(person);
    const own: Float32Array[] = [];
    for (let k = 0; k < CAPTURES; k += 1) {
      const options = captureOf(person, k);
      const described = await describeFace(networks, await photograph(head, options), {});
      own.push(described.template);
      errors.push(landmarkError(described, head, options));
    }
    templates.push(own);
    for (const yaw of SIDES) {
      const { face } = await alignFace(networks, await photograph(head, { ...captureOf(person, 0), yaw }));
      assert.ok(face.score > 0.6, `${person.id} at ${yaw} degrees`);
    }
  }
  const genuine = templates.map(([a, b]) => compareFaces(FACE_MODEL, a!, b!));
  const impostor = templates.flatMap((own, i) =>
    templates.slice(i + 1).flatMap((other) => own.flatMap((a) => other.map((b) => compareFaces(FACE_MODEL, a, b)))),
  );
  const [least, most] = [Math.min(...genuine), Math.max(...impostor)];
  const landmarkMean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  t.diagnostic(`genuine at least ${least.toFixed(3)}, impostor at most ${most.toFixed(3)} of ${impostor.length}`);
  t.diagnostic(`landmarks are ${landmarkMean.toFixed(3)} of the distance between the eyes beside the drawn ones`);
  assert.ok(most < 0.45, `the closest two people are at ${most}`);
  assert.ok(least - most >= 0.1, `the gap is ${least - most}`);
  assert.ok(landmarkMean < 0.12, `landmark error ${landmarkMean}`);
  assert.ok(FACE_MODEL.points.some(({ threshold }) => threshold > most && threshold < least));
});
