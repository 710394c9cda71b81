import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { atEnd } from './fresh-database.ts';

const PROGRAM = join(import.meta.dirname, 'open-and-hold.ts');

export interface Other {
  readonly child: ChildProcess;
  readonly told: Record<string, unknown>;
}

/** Runs the program beside this file and waits for the one line that it says. */
export async function otherProcess(t: TestContext, args: readonly string[], as: { uid?: number } = {}): Promise<Other> {
  const ids = as.uid === undefined ? {} : { uid: as.uid, gid: as.uid };
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
    cwd: '/',
    ...ids,
  });
  atEnd(t, () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout! })) return { child, told: JSON.parse(line) };
  throw new Error('the other process ended and said nothing');
}

/** Ends it as a power cut would: nothing of it runs any more. */
export async function kill({ child }: Other): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Whether a plain user can read this checkout and run this Node; the parents of a root home shut them out. */
export async function plainUserCanRun(uid: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--check', PROGRAM], { stdio: 'ignore', uid, gid: uid, env: {}, cwd: '/' });
  return Promise.race([once(child, 'exit').then(([code]) => code === 0), once(child, 'error').then(() => false)]);
}
