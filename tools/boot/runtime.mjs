import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inHalf } from './half.mjs';
import { fetchTarball } from './npm.mjs';
import { Missing, missingOf, step } from './step.mjs';
import { takeFiles } from './tar.mjs';
import { inTurn } from './turn.mjs';

const VERSION = '24.21.0'; // ./visor names it too

/** The npm packages that carry Node for a platform and processor. */
const PACKAGES = {
  'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/** Visor is TypeScript of this year, which Node runs by itself from 24 on. */
export const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= 24;

/**
 * The Node to run with: this one, or one of our own below the data folder.
 * @param {import('./step.mjs').Start} start @returns {Promise<string>} its path
 */
export async function bringNode(start) {
  if (isNewEnough()) return process.execPath;
  const runtime = join(start.data, 'runtime');
  const home = join(runtime, `node-${VERSION}`);
  const node = join(home, 'bin', 'node');
  if (existsSync(node)) return node;
  const machine = `${process.platform}-${process.arch}`;
  const integrity = PACKAGES[machine];
  if (integrity === undefined)
    throw new Missing(
      `Visor needs Node.js 24 or newer on ${machine}, since no package carries Node ${VERSION} for it.`,
    );
  try {
    await inTurn(start, runtime, async () => {
      if (existsSync(node)) return;
      const wanted = { name: `node-${machine}`, version: VERSION, integrity };
      await step(start, `Node.js ${VERSION}`, () => fetchNode(wanted, home, start.stop));
    });
  } catch (error) {
    throw missingOf(error, runtime);
  }
  return node;
}

/** @param {{ name: string, version: string, integrity: string }} wanted @param {string} home @param {AbortSignal} stop */
function fetchNode(wanted, home, stop) {
  return inHalf(join(home, '..'), async (half) => {
    const whole = join(half, 'whole');
    await mkdir(join(whole, 'bin'), { recursive: true });
    const tarball = await fetchTarball(wanted, half, stop);
    await takeFiles(tarball, whole, ['package/bin/node', 'package/LICENSE']);
    await rename(join(whole, 'node'), join(whole, 'bin', 'node'));
    await chmod(join(whole, 'bin', 'node'), 0o755);
    if (spawnSync(join(whole, 'bin', 'node'), ['--version']).status !== 0)
      throw new Missing(
        `The Node ${VERSION} that npm carries does not run on this machine; install Node.js 24 or newer.`,
      );
    await rm(home, { recursive: true, force: true }); // there can only be something without its program
    await rename(whole, home);
  });
}
