import { chmod, chown, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '@visor/record';

const LONGEST_PATH = 107; // sockaddr_un holds 108 bytes, the last one zero
const SOCKET = '.s.PGSQL.5432';

/**
 * The folder for the database's socket: `run` within `folder`, or, where that path is too long for a socket, one under
 * `temporary` named from the folder's device and inode. Everybody may write under `temporary`, so an attacker can put
 * something of that name there first: anything but a plain folder of ours that nobody else may enter is refused.
 * @throws Refusal `storage.socket-path`
 */
export async function socketFolder(folder: string, temporary: string, owner: number): Promise<string> {
  const near = join(folder, 'run');
  if (fits(near)) {
    await mkdir(near, { recursive: true, mode: 0o700 });
    await chmod(near, 0o700);
    if (process.getuid?.() === 0) await chown(near, owner, -1);
    return near;
  }
  const { dev, ino } = await stat(folder, { bigint: true });
  const far = join(temporary, `visor-${dev.toString(16)}-${ino.toString(16)}`);
  if (!fits(far)) throw new Refusal('storage.socket-path', { length: byteLength(far), limit: LONGEST_PATH });
  await ownFolder(far, owner);
  return far;
}

async function ownFolder(path: string, owner: number): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new Refusal('storage.socket-path', {}, { cause }); // node:fs errors carry a code
  }
  const found = await lstat(path);
  const mine = found.uid === process.getuid?.() || found.uid === owner;
  if (!found.isDirectory() || !mine || (found.mode & 0o077) !== 0) {
    throw new Refusal('storage.socket-path', { taken: true, owner: found.uid });
  }
  if (found.uid !== owner) await chown(path, owner, -1);
}

const byteLength = (path: string): number => new TextEncoder().encode(path).length;
const fits = (path: string): boolean => byteLength(join(path, SOCKET)) <= LONGEST_PATH;

/** Takes away what an ended server left; the lock beside the socket names a process, which may be a stranger by now. */
export async function clearSocket(folder: string): Promise<void> {
  for (const name of [SOCKET, `${SOCKET}.lock`]) await rm(join(folder, name), { force: true });
}
