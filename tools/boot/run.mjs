import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs the command under the right Node and becomes it as far as a parent can: same streams, signals, exit code.
 * @param {string} node @param {readonly string[]} program @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export function run(node, program, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, program, { env, stdio: 'inherit' });
    // A terminal sends Ctrl-C to both; the child decides what to do with it, and this process waits for it.
    for (const signal of PASSED_ON) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)));
  });
}
