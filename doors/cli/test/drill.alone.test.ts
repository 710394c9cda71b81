import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { type Context, runCommand } from '@visor/cli';

const folder = resolve(process.env.VISOR_DATA ?? 'data');
const skip = existsSync(resolve(folder, 'models', 'fr_feature.onnx'))
  ? false
  : 'the face models are not here (./visor serve brings them)';

test('the seal drill ends well: nobody wrong is let in, nothing lies open, every damage is named', {
  skip,
}, async () => {
  let out = '';
  const context: Context = {
    process: {
      stdout: {
        write: (text) => {
          out += text;
        },
      },
      stderr: { write: () => undefined },
    },
    env: process.env,
    language: 'en',
    folder,
    exit: 0,
  };
  assert.equal(await runCommand(['drill', 'seal', '--json'], context), 0, out);
  const told = JSON.parse(out);
  assert.ok(told.people >= 40, `${told.people} people`);
  assert.ok(told.genuine.tried >= 120 && told.impostor.tried >= 780, JSON.stringify([told.genuine, told.impostor]));
  assert.equal(told.impostor.accepted, 0);
  assert.ok(told.genuine.accepted >= 0.95 * told.genuine.tried, JSON.stringify(told.genuine));
  assert.ok(told.scores.genuine_pairs >= 240 && told.scores.impostor_pairs >= 12_480);
  assert.ok(told.scores.genuine_min - told.scores.impostor_max >= 0.1, JSON.stringify(told.scores));
  assert.deepEqual([told.wrong_purpose, told.raw.found, told.raw.canary_found], ['refused', 0, true]);
  assert.deepEqual(
    [told.verify, told.verify_without_anchor, told.damaged.verify],
    ['UNCHANGED', 'CANNOT TELL', 'CHANGED'],
  );
  assert.match(told.damaged.where, /decision/);
});
