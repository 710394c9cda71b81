/** A bundle as a file: written so that there is a whole one or none, read with a limit. */
import { constants, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bytes, Fault, Refusal } from '@visor/record';
import { BUNDLE_LIMITS } from '../bundle/unzip.ts';

/**
 * Writes the file so that its name never stands for half a bundle: in a fresh folder beside it first, synced, then
 * renamed over what was there, then the folder synced. Only its owner may read it (mode 600), since a bundle may show
 * what others must not see. After a power cut a folder `.visor-…` may be left; it is of no use to anybody.
 * @param file Path; its folder is there.
 * @throws Fault `bundle file` when the disk says no; what stood at the path before is then untouched.
 */
export async function writePack(file: string, bytes: Bytes): Promise<void> {
  await outside(async () => {
    const beside = await mkdtemp(join(dirname(file), '.visor-'));
    try {
      const part = join(beside, 'part');
      await using handle = await open(part, 'wx', 0o600);
      await handle.writeFile(bytes);
      await handle.sync();
      await rename(part, file);
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
    await using folder = await open(dirname(file));
    await folder.sync();
  });
}

const NOT_READABLE: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EACCES',
  'EPERM',
  'ENAMETOOLONG',
  'ELOOP',
]);

/**
 * Reads a file that somebody handed in; never more than a bundle may have.
 * @throws Refusal `file.unreadable` when there is no such file or it may not be read, `bundle.size`; Fault `bundle file`.
 */
export async function readPack(file: string): Promise<Bytes> {
  return outside(async () => {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe that nobody writes to must not hold us
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Refusal('file.unreadable', { code: 'no file' });
    const limit = BUNDLE_LIMITS.bytes;
    if (stat.size > limit) throw new Refusal('bundle.size', { bytes: stat.size, limit });
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break; // it was cut while it was read
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  }, NOT_READABLE);
}

/** What the operating system says no to; anything else that is thrown is a bug and goes on up. */
async function outside<T>(work: () => Promise<T>, refused: ReadonlySet<string> = new Set()): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || !('syscall' in cause)) throw cause;
    const code = String(cause.code);
    if (refused.has(code)) throw new Refusal('file.unreadable', { code }, { cause });
    throw new Fault('bundle file', 'The bundle file could not be read or written.', { code }, { cause });
  }
}
