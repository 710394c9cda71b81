import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmFailed, ran } from './npm.mjs';
import { missingOf, step } from './step.mjs';

/**
 * Installs exactly what the lock file names, without running anybody's install script.
 * @param {string} root @param {'run' | 'all'} want 'run' leaves out what only tests, benches and docs need
 */
export async function bringPackages(root, want) {
  const stamp = join(root, 'node_modules', '.visor-stamp');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const have = stampOf(stamp);
  if (have === `${lock} all` || have === `${lock} ${want}`) return;
  const all = want === 'all' || have.endsWith(' all'); // who once had the tests' packages keeps them
  const what = all ? 'packages, with those for tests' : 'packages';
  await step(what, async () => {
    const args = [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...(all ? [] : ['--omit=dev']),
    ];
    const { code, said } = await ran('npm', args, root);
    if (code !== 0) throw npmFailed('the packages', said);
    await writeFile(stamp, `${lock} ${all ? 'all' : 'run'}`).catch((error) => {
      throw missingOf(error, root);
    });
  });
}

/** @param {string} file */
function stampOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // never installed, or not by us
  }
}
