/**
 * Brings what a command needs and is not there yet (Node 24, packages, face models), then runs it. Runs on Node 20
 * with nothing installed, so it imports nothing but Node. A second start finds everything in place and says nothing.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringModels } from './models.mjs';
import { bringPackages } from './packages.mjs';
import { run } from './run.mjs';
import { bringNode } from './runtime.mjs';
import { Missing } from './step.mjs';

const OLDEST = 20;
const FACES = new Set(['serve', 'drill', 'face', 'measure', 'attack', 'dev']);
const DEV = new Set(['test', 'bench', 'long', 'people-sheet']);

const root = fileURLToPath(new URL('../..', import.meta.url));
const [command = '', ...rest] = process.argv.slice(2);

async function boot() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST)
    throw new Missing(`Visor needs Node.js ${OLDEST} or newer, and this is ${process.versions.node}.`);
  const data = resolve(process.env.VISOR_DATA ?? 'data');
  const dev = command === 'dev';
  if (dev && !DEV.has(rest[0] ?? '')) throw new Missing(`usage: ./visor dev ${[...DEV].join('|')}`, 2);
  const [node] = await Promise.all([
    bringNode(data),
    bringPackages(root, dev ? 'all' : 'run'),
    FACES.has(command) ? bringModels(root, data) : undefined,
  ]);
  const program = dev
    ? [`${root}/tools/${rest[0]}.ts`, ...rest.slice(1)]
    : [`${root}/doors/cli/src/main.ts`, ...process.argv.slice(2)];
  return run(node, program, { ...process.env, VISOR_DATA: data });
}

try {
  process.exitCode = await boot();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exit;
}
