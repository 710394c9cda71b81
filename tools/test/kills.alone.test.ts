import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { run } from '../long/kills.ts';

const ROUNDS = 5;
const models = resolve(process.env.VISOR_DATA ?? 'data', 'models', 'fr_feature.onnx');
const skip = existsSync(models) ? false : 'the face models are not here (./visor serve brings them)';

test('five kills of server, keeper or database under sixteen writers lose nothing and enter nothing twice', {
  skip,
}, async () => {
  const task = { count: ROUNDS, seed: 20_261_124, deadline: Number.POSITIVE_INFINITY, say: () => undefined };
  assert.deepEqual(await run(task), { done: ROUNDS, failures: [] });
});
