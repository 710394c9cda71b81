import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Bytes, Fault } from '@visor/record';
import { random } from './cipher.ts';
import { frame } from './frames.ts';
import { Link } from './link.ts';
import { type Begun, readBegun, SOCKET } from './orders.ts';
import { encode } from './wire.ts';

const START_MS = 15_000;
const MOST_LINE = 16_384;
const MOST_PATH = 107; // bytes of sockaddr_un

export interface ChildParts {
  readonly folder: string; // absolute
  readonly house: string;
  readonly create: boolean;
  readonly uid: number | undefined;
  readonly say: (line: string) => void;
}

/** A keeper that runs and is connected. */
export interface Child {
  readonly process: ChildProcess;
  readonly begun: Begun;
  readonly link: Link;
}

/** @throws Refusal or Fault as the keeper said it, Fault `keeper` when it says nothing in time */
export async function startChild(parts: ChildParts, onGone: () => void): Promise<Child> {
  const token = random(32);
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => parts.say(`keeper: ${text.slice(0, 2000).trimEnd()}`));
  try {
    hand(child, parts, token);
    const begun = await begunOf(child);
    const link = await connectTo(parts.folder, token, onGone);
    return { process: child, begun, link };
  } catch (cause) {
    child.kill('SIGKILL');
    throw cause;
  }
}

function hand(child: ChildProcess, { folder, house, create, uid }: ChildParts, token: Bytes): void {
  const orders = child.stdio[3] as Writable; // "pipe" in that place makes a writable stream
  orders.on('error', () => undefined); // the child is gone: its exit says so
  orders.write(frame(encode({ token, folder, house, create, uid: uid ?? null })));
}

function begunOf(child: ChildProcess): Promise<Begun> {
  return new Promise((resolve, reject) => {
    let said = '';
    const failed = (): void => reject(new Fault('keeper', 'The keeper did not start.'));
    const late = setTimeout(failed, START_MS);
    child.once('error', failed);
    child.once('exit', failed);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.length > MOST_LINE) failed();
      const end = said.indexOf('\n');
      if (end < 0) return;
      clearTimeout(late);
      child.off('exit', failed);
      try {
        resolve(readBegun(said.slice(0, end)));
      } catch (cause) {
        reject(cause); // as the keeper said it
      }
    });
  });
}

/** A socket's path has 107 bytes at most; a folder deeper than that is reached through an open descriptor of it. */
async function connectTo(folder: string, token: Bytes, onGone: () => void): Promise<Link> {
  const path = join(folder, SOCKET);
  if (Buffer.byteLength(path) <= MOST_PATH) return Link.open(path, token, onGone);
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await Link.open(`/proc/self/fd/${descriptor}/${SOCKET}`, token, onGone);
  } finally {
    closeSync(descriptor);
  }
}
