import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, Missing, missingFor } from './step.mjs';

const MOST_HEARD = 20_000; // characters of what a program says, from its end

/**
 * Runs npm to its end and gives back what it said.
 * @param {readonly string[]} args @param {{ cwd: string, stop: AbortSignal }} options
 * @returns {Promise<{ code: number | null, said: string }>}
 */
function npm(args, { cwd, stop }) {
  return new Promise((resolve, reject) => {
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    const child = spawn('npm', [...args, ...quiet], { cwd, stdio: ['ignore', 'pipe', 'pipe'], signal: stop });
    let said = '';
    const hear = (/** @type {Buffer} */ part) => {
      said = (said + part.toString('utf8')).slice(-MOST_HEARD);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => {
      if (stop.aborted) return; // 'close' follows when the program has ended
      reject(
        codeOf(error) === 'ENOENT' ? new Missing('Visor needs npm, and it is not to be found on this machine.') : error,
      );
    });
    child.on('close', (code) => resolve({ code, said }));
  });
}

/** npm names the code of what went wrong on a line of its own. @param {string} what @param {string} where @param {string} said */
function failed(what, where, said) {
  const lines = said.split('\n').flatMap((line) => /^npm (?:error|ERR!) (.*\S)/.exec(line)?.slice(1) ?? []);
  const code = lines.find((line) => /^code [A-Z0-9_]+$/.test(line))?.slice('code '.length) ?? '';
  const reason = lines.find((line) => !/^(?:code|syscall|errno|path|dest) /.test(line)) ?? 'it did not say why';
  return missingFor(code, where) ?? new Missing(`npm could not bring ${what} (${code || 'no code'}): ${reason}`);
}

/**
 * Installs what the lock file names, in the folder where it lies.
 * @param {string} folder @param {readonly string[]} leaveOut kinds of dependencies @param {AbortSignal} stop
 */
export async function installLocked(folder, leaveOut, stop) {
  const { code, said } = await npm(['ci', ...leaveOut.map((kind) => `--omit=${kind}`)], { cwd: folder, stop });
  if (code !== 0) throw failed('the packages', folder, said);
}

/**
 * Fetches one package's tarball and holds it against its known digest before anybody reads it.
 * @param {{ name: string, version: string, integrity: string }} wanted @param {string} folder an empty one
 * @param {AbortSignal} stop
 */
export async function fetchTarball({ name, version, integrity }, folder, stop) {
  const { code, said } = await npm(['pack', `${name}@${version}`, '--pack-destination', folder], { cwd: folder, stop });
  const [file] = (await readdir(folder)).filter((entry) => entry.endsWith('.tgz'));
  if (code !== 0 || file === undefined) throw failed(`${name} ${version}`, folder, said);
  const path = join(folder, file);
  const digest = createHash('sha512');
  for await (const part of createReadStream(path)) digest.update(part);
  if (`sha512-${digest.digest('base64')}` !== integrity)
    throw new Missing(`${name} ${version} is not the package that Visor knows; nothing of it was used.`);
  return path;
}
