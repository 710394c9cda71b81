import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { halfOf, makeSearcher, searchFolder, templateMarks, wordMarks } from '@visor/cli';

/** A template from a plain congruential sequence, so that a failure can be repeated. */
function template(seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: 512 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) / 8;
  });
}

const buffer = (numbers: Float32Array): Buffer => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

const FORMS: readonly (readonly [string, (t: Float32Array) => Buffer])[] = [
  ['f32', buffer],
  ['f32 big-endian', (t) => Buffer.from(buffer(t)).swap32()],
  ['f16', (t) => Buffer.concat(Array.from(t, (n) => Buffer.from(Uint16Array.of(halfOf(n)).buffer)))],
  ['int8', (t) => Buffer.from(Int8Array.from(t, (n) => Math.round((n / Math.max(...t.map(Math.abs))) * 127)).buffer)],
  ['f32, hexadecimal', (t) => Buffer.from(buffer(t).toString('hex'))],
  ['f32, hexadecimal', (t) => Buffer.from(buffer(t).toString('hex').toUpperCase())],
  ['f32, base64', (t) => Buffer.from(buffer(t).toString('base64'))],
  ['f32, base64', (t) => Buffer.from(Buffer.concat([Buffer.from('x'), buffer(t)]).toString('base64'))],
  ['f32, base64', (t) => Buffer.from(Buffer.concat([Buffer.from('xy'), buffer(t)]).toString('base64'))],
  ['JSON', (t) => Buffer.from(JSON.stringify(Array.from(t)))],
];

for (const [form, write] of FORMS) {
  test(`a template that lies somewhere as ${form} is found, at any place and across any cut`, () => {
    const marks = templateMarks('person', template(7));
    for (const before of [0, 1, 2, 3, 1021]) {
      const searcher = makeSearcher(marks);
      const bytes = Buffer.concat([Buffer.alloc(before, 0x5a), write(template(7)), Buffer.alloc(64, 0x5a)]);
      for (let at = 0; at < bytes.length; at += 97) searcher.feed('file', bytes.subarray(at, at + 97));
      assert.ok(
        searcher.found.some((found) => found.mark.form === form),
        `${form} after ${before} bytes`,
      );
    }
  });
}

test('another template is not taken for this one, in any form', () => {
  const searcher = makeSearcher(templateMarks('person', template(7)));
  for (const [form, write] of FORMS) searcher.feed(form, write(template(8)));
  assert.deepEqual(searcher.found, []);
});

test('a folder is searched whole, and what was left out is left out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visor-search-'));
  try {
    await writeFile(join(folder, 'log.txt'), 'one line\nCanary Wordington was here\n');
    await writeFile(join(folder, 'clean.bin'), Buffer.alloc(3_000_000, 1));
    const searcher = makeSearcher(wordMarks('canary', 'Canary Wordington'));
    assert.equal(await searchFolder(searcher, folder), 2);
    assert.deepEqual(
      searcher.found.map((found) => found.where),
      ['log.txt'],
    );
    const elsewhere = makeSearcher(wordMarks('canary', 'Canary Wordington'));
    assert.equal(await searchFolder(elsewhere, folder, ['log.txt']), 1);
    assert.deepEqual(elsewhere.found, []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
