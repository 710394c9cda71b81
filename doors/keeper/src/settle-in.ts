import { chown, mkdir, readdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault, Refusal } from '@visor/record';
import type { Begun } from './orders.ts';

const LOCK_TRIES = 100;
const LOCK_PAUSE_MS = 50;

/** Enters the folder and, where the process may, becomes a user of its own there. */
export async function settleIn(folder: string, uid: number | null): Promise<Begun> {
  process.umask(0o077);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const root = process.getuid?.() === 0;
  if (root && uid !== null) await giveTo(folder, uid);
  process.chdir(folder);
  if (!root)
    return {
      alone: false,
      says: ['The keeper runs under the same user as the server: whoever is that user reads its keys.'],
    };
  if (uid === null) return { alone: false, says: ['The keeper runs as root.'] };
  return dropTo(uid);
}

async function giveTo(folder: string, uid: number): Promise<void> {
  await chown(folder, uid, uid);
  for (const name of await readdir(folder)) await chown(join(folder, name), uid, uid);
}

/** The kernel may forbid it (a container without the capability); the house then says so instead of not running. */
function dropTo(uid: number): Begun {
  try {
    process.setgroups?.([]);
    process.setgid?.(uid);
    process.setuid?.(uid);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPERM')) throw cause;
    return { alone: false, says: ['The kernel does not let the keeper become a user of its own; it runs as root.'] };
  }
  return { alone: true, says: [] };
}

/**
 * Two keepers on one folder would spoil each other's memory. The lock is a name that the kernel frees with the process;
 * a keeper whose server died needs a moment to notice and leave.
 * @throws Refusal `storage.folder-locked`
 */
export async function lockHere(): Promise<Server> {
  const { dev, ino } = await stat('.');
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const server = await bound(`\0visor-keeper-${dev}-${ino}`);
    if (server !== undefined) return server;
    await pause(LOCK_PAUSE_MS);
  }
  throw new Refusal('storage.folder-locked', { what: 'keeper' });
}

function bound(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (cause) => {
      if ('code' in cause && cause.code === 'EADDRINUSE') resolve(undefined);
      else reject(new Fault('keeper', 'The keeper folder cannot be locked.', {}, { cause }));
    });
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}
