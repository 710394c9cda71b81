import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drawPeople, startHouse } from '@visor/cli';
import { askLocally } from '@visor/server/local';

const MODELS = resolve(process.env.VISOR_DATA ?? 'data', 'models');
const skip = existsSync(join(MODELS, 'fr_feature.onnx')) ? false : 'the face models are not here';
const EXAMPLE = fileURLToPath(new URL('../../../examples/sign-in.ts', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('the example of a backend is short', () => {
  assert.ok(readFileSync(EXAMPLE, 'utf8').trimEnd().split('\n').length <= 60);
});

test('the example lets in who was enrolled and nobody else, and says what is wrong with a picture', {
  skip,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visor-example-'));
  await symlink(MODELS, join(folder, 'models'));
  const house = await startHouse(folder, process.env);
  const [ann, ben] = await drawPeople(2, 2, 1);
  const made = await askLocally(folder, 'key.make', { site: 'Shop', scopes: null });
  assert.ok(typeof made === 'object' && made !== null && 'secret' in made);
  const port = await freePort();
  const env = {
    ...process.env,
    VISOR_URL: `http://127.0.0.1:${house.port}`,
    VISOR_KEY: String(made.secret),
    PORT: String(port),
  };
  const backend = spawn(process.execPath, [EXAMPLE], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(backend.stdout, 'data');
    const ask = async (path: string, body: Uint8Array): Promise<Record<string, unknown>> => {
      const said = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: new Uint8Array(body) });
      return JSON.parse(await said.text());
    };
    const enrolled = await ask('/enrol/ann', ann!.pictures[0]!);
    assert.equal(enrolled['enrolled'], true, JSON.stringify(enrolled));
    assert.ok(enrolled['receipt']);
    assert.deepEqual(await ask('/login/ann', ann!.pictures[1]!), { welcome: true, presence: 'not checked' });
    assert.deepEqual(await ask('/login/ann', ben!.pictures[1]!), { welcome: false, presence: 'not checked' });
    const blank = await ask('/login/ann', Uint8Array.of(1, 2, 3));
    assert.deepEqual([blank['welcome'], blank['code']], [false, 'face.picture.format']);
  } finally {
    backend.kill();
    await house.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
