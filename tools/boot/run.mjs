import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import { isNewEnough } from './runtime.mjs';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Becomes the command where this Node can run it; else runs it under the right Node and stands in for it.
 * @param {string} node @param {readonly [string, ...string[]]} program a file and its arguments
 */
export async function run(node, program) {
  if (!isNewEnough()) {
    process.exitCode = await stoodInFor(node, program);
    return;
  }
  process.argv.splice(1, process.argv.length, ...program);
  await import(pathToFileURL(program[0]).href);
}

/**
 * Same streams, signals and exit code as the command's own.
 * @param {string} node @param {readonly string[]} program @returns {Promise<number>}
 */
function stoodInFor(node, program) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, program, { stdio: 'inherit' });
    for (const signal of PASSED_ON) process.on(signal, () => passOn(child, signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
  });
}

/** A terminal sends Ctrl-C to both; sent once more, it could mean to the command that somebody is impatient. */
function passOn(child, signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}
