import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  compareFaces,
  dropDeadChannels,
  embeddingInput,
  FACE_MODEL,
  MANIFEST,
  rewriteModel,
  rewritePrelu,
  unit,
} from '@visor/face';
import { loadNetwork, readModels } from '@visor/face/pool';
import { hex } from '@visor/record';
import { dice, drawn } from './drawn-pictures.ts';
import { MODELS, NO_MODELS, sha256, shipped } from './models.ts';
import { conv, modelOf, prelu, slopesIn } from './onnx-writer.ts';

const random = (length: number, seed: number): Float32Array => {
  const roll = dice(seed);
  return Float32Array.from({ length }, () => (roll(2 ** 24) / 2 ** 23 - 1) * 1.5);
};

async function run(model: Uint8Array, dims: readonly number[], input: Float32Array): Promise<Float32Array> {
  const answer = await (await loadNetwork(model, dims))(input);
  return Float32Array.from(answer.output!.data as Float32Array); // every model here gives float32
}

/** Bits, so that no tolerance hides a rounding; -0 is written as 0, the one difference that a slope of 0 makes. */
const bitsOf = (values: Float32Array): Int32Array => new Int32Array(values.map((value) => value + 0).buffer);

const SLOPES = [0.25, 1, 1.23, 7, -0.5, -3, 0, 1e-38, 0.1, 0.2, 0.3, 0.7, -1, 2, 1 / 3, 0.999];

test('a rewritten PRelu gives the same bits, slopes over 1, below 0 and 0 included', async () => {
  const model = modelOf({ channels: 16, side: 9, nodes: [prelu('input', 'output', SLOPES)] });
  const rewritten = rewritePrelu(model);
  assert.deepEqual(slopesIn(rewritten), []);
  for (const seed of [1, 2, 3]) {
    const input = random(16 * 81, seed);
    const before = await run(model, [1, 16, 9, 9], input);
    assert.deepEqual(bitsOf(await run(rewritten, [1, 16, 9, 9], input)), bitsOf(before));
    // By definition.
    for (const [i, x] of input.entries()) {
      const expected = Math.fround(x < 0 ? x * Math.fround(SLOPES[Math.floor(i / 81)]!) : x);
      assert.ok(Object.is(before[i]! + 0, expected + 0), `${x} at ${i}`);
    }
  }
});

test('the larger of x and a x would be another function: it fails where a slope exceeds 1', () => {
  const wrong = (x: number, a: number): number => Math.max(x, a * x);
  const right = (x: number, a: number): number => (x < 0 ? a * x : x);
  assert.equal(wrong(-1, 0.25), right(-1, 0.25));
  assert.notEqual(wrong(-1, 1.23), right(-1, 1.23));
});

test('the embedding model has slopes over 1 and below 0', { skip: NO_MODELS }, () => {
  const slopes = slopesIn(shipped('embed')).flat();
  assert.ok(slopes.some((slope) => slope > 1));
  assert.ok(slopes.some((slope) => slope < -0.1));
});

test('the embedding model with PRelu rewritten gives the same bits on noise and on a drawn face', {
  skip: NO_MODELS,
}, async () => {
  const { shape } = MANIFEST.files.embed.input;
  const model = shipped('embed');
  const rewritten = rewritePrelu(model);
  const face = drawn(0, { width: 112, height: 112, fill: 0.95 });
  for (const input of [random(3 * 112 * 112, 4), random(3 * 112 * 112, 5), embeddingInput(face)]) {
    assert.deepEqual(bitsOf(await run(rewritten, shape, input)), bitsOf(await run(model, shape, input)));
  }
});

test('the form that is run gives the same template as the shipped one to a millionth', {
  skip: NO_MODELS,
}, async () => {
  const { shape } = MANIFEST.files.embed.input;
  const [model, rewritten] = [shipped('embed'), rewriteModel(shipped('embed'))];
  for (const person of [0, 1, 2]) {
    const input = embeddingInput(drawn(person, { width: 112, height: 112, fill: 0.95 }));
    const [a, b] = [unit(await run(model, shape, input)), unit(await run(rewritten, shape, input))];
    assert.ok(compareFaces(FACE_MODEL, a, b) > 1 - 1e-6);
    for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]!) < 2e-6);
  }
});

test('a model without PRelu or dead channels stays as it is, byte for byte', { skip: NO_MODELS }, () => {
  for (const which of ['detect', 'landmarks'] as const) {
    assert.ok(Buffer.from(shipped(which)).equals(rewriteModel(shipped(which))), which);
  }
});

const living = (channel: number): boolean => channel % 3 !== 0; // 32 of 48
const weights = (count: number, seed: number, scale: (at: number) => number): number[] =>
  Array.from(random(count, seed), (value, at) => value * scale(at));

/** 8 channels -> 48 -> PRelu -> depthwise -> PRelu -> 8; of the 48 a third is dead in every weight on its way. */
function bottleneck(dead: number): Uint8Array {
  const scale = (channel: number): number => (living(channel) ? 1 : dead);
  const slopes = Array.from({ length: 48 }, (_, c) => (0.3 - c / 60) * scale(c));
  return modelOf({
    channels: 8,
    side: 7,
    nodes: [
      conv('input', 'wide', {
        dims: [48, 8, 1, 1],
        weights: weights(48 * 8, 6, (at) => scale(Math.floor(at / 8))),
        bias: weights(48, 7, scale),
      }),
      prelu('wide', 'bent', slopes),
      conv('bent', 'deep', {
        dims: [48, 1, 3, 3],
        weights: weights(48 * 9, 8, (at) => scale(Math.floor(at / 9))),
        bias: weights(48, 9, scale),
        group: 48,
      }),
      prelu('deep', 'bent-again', slopes),
      conv('bent-again', 'output', {
        dims: [8, 48, 1, 1],
        weights: weights(8 * 48, 10, (at) => scale(at % 48)),
        bias: weights(8, 11, () => 1),
      }),
    ],
  });
}

test('channels that training left dead are dropped, and nothing changes', async () => {
  const model = bottleneck(1e-20);
  const smaller = dropDeadChannels(model);
  assert.deepEqual(
    slopesIn(smaller).map(({ length }) => length),
    [32, 32],
  );
  assert.ok(smaller.length < model.length - 16 * 4 * 8);
  const input = random(8 * 49, 12);
  assert.deepEqual(bitsOf(await run(smaller, [1, 8, 7, 7], input)), bitsOf(await run(model, [1, 8, 7, 7], input)));
  const rewritten = rewritePrelu(smaller);
  assert.deepEqual(bitsOf(await run(rewritten, [1, 8, 7, 7], input)), bitsOf(await run(model, [1, 8, 7, 7], input)));
});

test('channels that are only weak stay', () => {
  const model = bottleneck(1e-3);
  assert.ok(Buffer.from(dropDeadChannels(model)).equals(model));
});

test('bytes that are no model are a mistake of the caller', () => {
  for (const bytes of [
    new Uint8Array(0),
    Uint8Array.of(0xff),
    Uint8Array.of(7 * 8 + 2, 200),
    new Uint8Array(50).fill(0x80),
  ]) {
    assert.throws(() => rewritePrelu(bytes), RangeError);
  }
});

test('the manifest names the bytes of every file, as shipped and as run, and says that their provenance is unverified', {
  skip: NO_MODELS,
}, () => {
  for (const [which, { sha256: named, bytes, rewritten, input }] of Object.entries(MANIFEST.files)) {
    const file = shipped(which as keyof typeof MANIFEST.files); // the keys of the same object
    assert.deepEqual([hex(sha256(file)), file.length], [named, bytes], which);
    const run = rewriteModel(file);
    assert.deepEqual([hex(sha256(run)), run.length], [rewritten?.sha256 ?? named, rewritten?.bytes ?? bytes], which);
    assert.equal(input.name, 'input');
  }
  assert.match(MANIFEST.provenance, /^unverified/);
  assert.match(MANIFEST.package.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/);
  assert.doesNotMatch(JSON.stringify(MANIFEST), /NIST|FRVT|iBeta|certified/i);
});

test('models are checked at every load: a changed byte in a shipped or a rewritten file is refused', {
  skip: NO_MODELS,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'visor-face-'));
  try {
    const [modelsFolder, cacheFolder] = [join(folder), join(folder, 'cache')];
    for (const { file } of Object.values(MANIFEST.files))
      writeFileSync(join(folder, file), readFileSync(join(MODELS, file)));
    const said: string[] = [];
    const folders = { modelsFolder, cacheFolder, sha256, say: (sentence: string) => said.push(sentence) };
    const first = await readModels(folders);
    const [kept] = readdirSync(cacheFolder);
    assert.ok(Buffer.from(first.embed).equals(readFileSync(join(cacheFolder, kept!))));
    assert.equal(said.length, 1);
    await readModels(folders);
    assert.equal(said.length, 1, 'the second time it is taken from the cache');

    for (const path of [join(cacheFolder, kept!), join(modelsFolder, MANIFEST.files.detect.file)]) {
      const bytes = readFileSync(path);
      const changed = Buffer.from(bytes);
      changed[changed.length >> 1]! ^= 1;
      writeFileSync(path, changed);
      await assert.rejects(readModels(folders), { name: 'Refusal', code: 'face.model.hash' });
      writeFileSync(path, bytes);
    }
    rmSync(join(modelsFolder, MANIFEST.files.landmarks.file));
    await assert.rejects(readModels(folders), {
      name: 'Fault',
      part: 'face',
      facts: { file: MANIFEST.files.landmarks.file },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
