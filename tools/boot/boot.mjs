/**
 * Brings what a command needs and is not there yet (Node 24, packages, face models), then runs it. Runs on Node 20
 * with nothing installed, so it imports nothing but Node. A second start finds everything in place and says nothing.
 */
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringModels } from './models.mjs';
import { bringPackages } from './packages.mjs';
import { run } from './run.mjs';
import { bringNode } from './runtime.mjs';
import { Missing } from './step.mjs';

const FACES = new Set(['serve', 'drill', 'face', 'measure', 'attack', 'dev']);
const DEV = ['test', 'bench', 'long', 'people-sheet'];
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** @param {readonly string[]} args of ./visor */
export async function boot(args) {
  try {
    const program = programOf(args);
    process.env.VISOR_DATA = resolve(process.env.VISOR_DATA || join(root, 'data'));
    const node = await bring(args, process.env.VISOR_DATA);
    await run(node, program);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exit;
  }
}

/** @param {readonly string[]} args @returns {readonly [string, ...string[]]} */
function programOf([command = '', ...rest]) {
  if (command !== 'dev') return [join(root, 'doors/cli/src/main.ts'), ...(command === '' ? [] : [command, ...rest])];
  const [tool = '', ...more] = rest;
  if (!DEV.includes(tool)) throw new Missing(`usage: ./visor dev ${DEV.join('|')}`, 2);
  return [join(root, 'tools', `${tool}.ts`), ...more];
}

/**
 * Everything at once, since the network is what takes time; when one part fails or a signal comes, all stop.
 * @param {readonly string[]} args @param {string} data @returns {Promise<string>} the Node to run with
 */
async function bring(args, data) {
  const [command = ''] = args;
  const stop = new AbortController();
  const quiet = args.includes('--json');
  const say = (/** @type {string} */ line) => quiet || process.stderr.write(`${line}\n`);
  const start = { root, data, say, stop: stop.signal };
  const leave = listenForEnd(stop);
  const parts = [
    bringNode(start),
    bringPackages(start, command === 'dev' ? 'all' : 'run'),
    FACES.has(command) ? bringModels(start) : undefined,
  ];
  try {
    const [node] = await Promise.all(parts);
    return node;
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(parts); // their npm has ended and their half folders are gone
    throw stop.signal.reason;
  } finally {
    leave();
  }
}

/** @param {AbortController} stop @returns {() => void} */
function listenForEnd(stop) {
  const listeners = ENDINGS.map((signal) => {
    const end = () =>
      stop.abort(new Missing('Stopped before everything was brought.', 128 + constants.signals[signal]));
    process.on(signal, end);
    return () => process.off(signal, end);
  });
  return () => {
    for (const leave of listeners) leave();
  };
}
