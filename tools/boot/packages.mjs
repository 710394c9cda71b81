import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, constants, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installLocked } from './npm.mjs';
import { Missing, missingOf, step } from './step.mjs';
import { inTurn } from './turn.mjs';

const MACHINE = `${process.platform}-${process.arch}`;

/**
 * Installs exactly what the lock file names, without running anybody's install script. A stamp among the packages says
 * for which lock file, how much and on which machine, so that a second start has nothing to do; npm takes it away with
 * the packages when it begins anew.
 * @param {import('./step.mjs').Start} start
 * @param {'run' | 'all'} want 'run' leaves out what only tests, benches and docs need
 */
export async function bringPackages(start, want) {
  const stamp = join(start.root, 'node_modules', '.visor-stamp');
  const lock = lockOf(start.root);
  if (suffices(stampOf(stamp), lock, want)) return;
  try {
    await access(start.root, constants.W_OK);
    await inTurn(start, start.root, async () => {
      const have = stampOf(stamp);
      if (suffices(have, lock, want)) return;
      const all = want === 'all' || have.much === 'all'; // who once had the tests' packages keeps them
      await step(start, all ? 'packages, with those for tests' : 'packages', async () => {
        await installLocked(start.root, all ? [] : ['dev'], start.stop);
        await writeFile(stamp, `${lock} ${all ? 'all' : 'run'} ${MACHINE}`);
      });
    });
  } catch (error) {
    throw missingOf(error, start.root);
  }
}

/** @param {string} root */
function lockOf(root) {
  try {
    return createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex');
  } catch {
    throw new Missing(`${root} has no package-lock.json that can be read; it is not a whole checkout of Visor.`);
  }
}

/** @param {{ lock: string, much: string, machine: string }} have @param {string} lock @param {'run' | 'all'} want */
const suffices = (have, lock, want) =>
  have.lock === lock && have.machine === MACHINE && (have.much === 'all' || have.much === want);

/** @param {string} file */
function stampOf(file) {
  try {
    const [lock = '', much = '', machine = MACHINE] = readFileSync(file, 'utf8').trim().split(' ');
    return { lock, much, machine };
  } catch {
    return { lock: '', much: '', machine: '' }; // never installed, or not by us
  }
}
