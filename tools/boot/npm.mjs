import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Missing } from './step.mjs';

/**
 * Runs a program to its end and gives back what it said.
 * @param {string} program @param {readonly string[]} args @param {string} [cwd]
 * @returns {Promise<{ code: number | null, said: string }>}
 */
export function ran(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const hear = (/** @type {Buffer} */ part) => {
      said = (said + part.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => {
      const gone = 'code' in error && error.code === 'ENOENT';
      reject(gone ? new Missing(`Visor needs ${program}, and it is not to be found on this machine.`) : error);
    });
    child.on('close', (code) => resolve({ code, said }));
  });
}

/** One sentence for a failed npm. @param {string} what @param {string} said */
export function npmFailed(what, said) {
  if (/ENOSPC/.test(said)) return new Missing(`There is no room left on the disk for ${what}.`);
  if (/EACCES|EPERM|EROFS/.test(said))
    return new Missing(`npm may not write ${what} here; the folder belongs to another user or is read-only.`);
  const reason = said
    .split('\n')
    .filter((line) => /npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^.*?npm (?:error|ERR!)\s*/, ''));
  return new Missing(`npm could not bring ${what}: ${reason.find((line) => line.length > 8) ?? 'it did not say why'}`);
}

/**
 * Fetches one package's tarball and holds it against its known digest before anybody reads it.
 * @param {{ name: string, version: string, integrity: string }} wanted @param {string} folder an empty one
 */
export async function fetchTarball({ name, version, integrity }, folder) {
  const { code, said } = await ran(
    'npm',
    ['pack', `${name}@${version}`, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'],
    folder,
  );
  const [file] = (await readdir(folder)).filter((entry) => entry.endsWith('.tgz'));
  if (code !== 0 || file === undefined) throw npmFailed(`${name} ${version}`, said);
  const path = join(folder, file);
  const digest = createHash('sha512');
  for await (const part of createReadStream(path)) digest.update(part);
  if (`sha512-${digest.digest('base64')}` !== integrity)
    throw new Missing(`${name} ${version} is not the package that Visor knows; nothing of it was used.`);
  return path;
}

/** Takes named files out of a tarball. @param {string} tarball @param {string} folder @param {readonly string[]} files */
export async function takeFiles(tarball, folder, files) {
  const { code, said } = await ran('tar', ['-xzf', tarball, '-C', folder, ...files.map((file) => `package/${file}`)]);
  if (code !== 0)
    throw new Missing(
      /No space left/.test(said)
        ? `There is no room left on the disk of ${folder}.`
        : `The package ${tarball} could not be unpacked.`,
    );
}
