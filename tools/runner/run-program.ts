/** Starts one program, gathers what it says, and ends it and all that it started when its time is up. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly limitSeconds: number;
}

export interface Ended {
  readonly code: number;
  readonly output: string; // stdout and stderr as they came, the last of it when there is too much
  readonly seconds: number;
  readonly outOfTime: boolean;
}

const MOST_OUTPUT = 200_000; // characters

const running = new Set<ChildProcess>();

/** A run that is interrupted leaves nothing behind. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) endGroup(child);
    process.exit(130);
  });
}

export function runProgram({ command, args, limitSeconds }: Program): Promise<Ended> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let output = '';
  let outOfTime = false;
  const hear = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-MOST_OUTPUT);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const limit = setTimeout(() => {
    outOfTime = true;
    endGroup(child);
  }, limitSeconds * 1000);
  return new Promise((resolve) => {
    const end = (code: number, said: string): void => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ code, output: output + said, seconds: (performance.now() - started) / 1000, outOfTime });
    };
    child.once('error', (error) => end(4, error.message));
    child.once('close', (code) => end(code ?? 1, ''));
  });
}

/** The child leads a process group, so that its own children end with it. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
