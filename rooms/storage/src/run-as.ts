import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, stat } from 'node:fs/promises';
import { Fault } from '@visor/record';
import type { Binaries } from './binaries.ts';

/**
 * PostgreSQL does not run as uid 0. As root it runs either in a user namespace in which we look like nobody while files
 * stay root's (this reaches into folders that only root may enter), or as another uid that owns the folder.
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'uid'; readonly uid: number; readonly gid: number };

const NOBODY = 65534; // known to every passwd file: initdb asks for the name of its user
const NAMESPACE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];

/** An environment with nothing of ours in it. */
const environment = (binaries: Binaries): Record<string, string> => ({
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  ...(binaries.libraryPath === undefined ? {} : { LD_LIBRARY_PATH: binaries.libraryPath }),
});

export interface Running {
  readonly binaries: Binaries;
  readonly as: RunAs;
}

export type Command = readonly [program: string, ...args: string[]];

/** Starts a program of PostgreSQL in a session of its own, so that a terminal's Ctrl-C reaches only us. */
export function startProgram(
  { as, binaries }: Running,
  [program, ...args]: Command,
  stdio: StdioOptions,
): ChildProcess {
  const options = { env: environment(binaries), stdio, detached: true, cwd: '/' };
  if (as.kind === 'namespace') return spawn('unshare', [...NAMESPACE, program, ...args], options);
  if (as.kind === 'uid') return spawn(program, args, { ...options, uid: as.uid, gid: as.gid });
  return spawn(program, args, options);
}

/** @returns what the program wrote and how it ended; `code` is undefined when it could not be started. */
export async function runProgram(
  running: Running,
  command: Command,
): Promise<{ code: number | undefined; output: string }> {
  const child = startProgram(running, command, ['ignore', 'pipe', 'pipe']);
  let output = '';
  child.stdout?.on('data', (bytes) => (output += bytes));
  child.stderr?.on('data', (bytes) => (output += bytes));
  try {
    const [code] = await once(child, 'close'); // rejects on the event 'error': no such program, or not allowed
    return { code: code ?? undefined, output };
  } catch {
    return { code: undefined, output };
  }
}

export interface Chosen extends Running {
  readonly owner: number; // uid that owns the files
  readonly major: number; // of PostgreSQL
}

/**
 * Finds the way in which PostgreSQL runs here, by running it.
 * @param folder  The database's folder; it exists.
 * @throws Fault `database` with one sentence that says what to do.
 */
export async function chooseRunAs(binaries: Binaries, folder: string): Promise<Chosen> {
  const me = process.getuid?.() ?? 0;
  const { uid, gid } = await stat(folder);
  for (const as of waysFor(me, { uid, gid })) {
    const major = await majorVersion({ binaries, as });
    if (major === undefined) continue;
    if (as.kind !== 'uid') return { binaries, as, owner: me, major };
    await chown(folder, as.uid, as.gid);
    if (await reaches({ binaries, as }, folder)) return { binaries, as, owner: as.uid, major };
    await chown(folder, uid, gid);
  }
  throw new Fault('database', sentence(me, uid), { owner: uid });
}

function waysFor(me: number, folder: { uid: number; gid: number }): readonly RunAs[] {
  if (me !== 0) return me === folder.uid ? [{ kind: 'self' }] : [];
  if (folder.uid !== 0) return [{ kind: 'uid', ...folder }];
  return [{ kind: 'namespace' }, { kind: 'uid', uid: NOBODY, gid: NOBODY }];
}

async function majorVersion(running: Running): Promise<number | undefined> {
  const { code, output } = await runProgram(running, [running.binaries.postgres, '--version']);
  const found = /^postgres \(PostgreSQL\) (\d+)/.exec(output);
  return code === 0 && found !== null ? Number(found[1]) : undefined;
}

async function reaches(running: Running, folder: string): Promise<boolean> {
  return (await runProgram(running, ['test', '-w', folder])).code === 0;
}

function sentence(me: number, owner: number): string {
  if (me !== 0 && me !== owner) return 'The database folder belongs to another user; start Visor as that user.';
  if (me !== 0) return 'The PostgreSQL that is installed does not start on this machine.';
  return 'PostgreSQL does not run as root, and neither a user namespace nor another user can reach it here; start Visor as a plain user.';
}
