import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchTarball, takeFiles } from './npm.mjs';
import { Missing, missingOf, step } from './step.mjs';

const VERSION = '24.21.0';

/** The npm packages that carry Node, by platform and processor. */
const PACKAGES = {
  'linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
};

/** Node runs TypeScript by itself from 22.18 and from 23.6 on. @param {string} version */
function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/**
 * The Node to run with: this one, or one of our own below the data folder.
 * @param {string} data @returns {Promise<string>} its path
 */
export async function bringNode(data) {
  if (runsTypeScript(process.versions.node)) return process.execPath;
  const home = join(data, 'runtime', `node-${VERSION}`);
  const node = join(home, 'bin', 'node');
  if (existsSync(node)) return node;
  const machine = `${process.platform}-${process.arch}`;
  const integrity = PACKAGES[machine];
  if (integrity === undefined)
    throw new Missing(
      `Visor needs Node.js 22.18 or newer here: it brings one of its own only for ${Object.keys(PACKAGES).join(', ')}.`,
    );
  await step(`Node.js ${VERSION}`, () => fetchNode({ name: `node-${machine}`, version: VERSION, integrity }, home));
  return node;
}

/** @param {{ name: string, version: string, integrity: string }} wanted @param {string} home */
async function fetchNode(wanted, home) {
  const runtime = join(home, '..');
  try {
    await mkdir(runtime, { recursive: true, mode: 0o755 });
    const half = await mkdtemp(join(runtime, 'half-'));
    try {
      await takeFiles(await fetchTarball(wanted, half), half, ['bin/node', 'LICENSE']);
      if (!existsSync(home)) await rename(join(half, 'package'), home);
    } finally {
      await rm(half, { recursive: true, force: true });
    }
  } catch (error) {
    throw missingOf(error, runtime);
  }
}
