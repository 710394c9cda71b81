/**
 * What the ledger asks of a disk, and the real one. A test hands in another that loses power.
 * Nothing here decides anything: every rule about order and durability stands with the code that calls.
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { type Bytes, Fault } from '@visor/record';

export interface OpenedFile {
  /** Bytes from `at` on, fewer than `length` where the file ends; in `into` when it is given, which is as long. */
  read(at: number, length: number, into?: Bytes): Promise<Bytes>;
  /** All bytes or an error; not durable before `sync`. */
  write(bytes: Bytes, at: number): Promise<void>;
  /** fdatasync: data and the length that it needs. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  length(): Promise<number>;
  close(): Promise<void>;
}

export interface FileLayer {
  /** Undefined when there is no such file. */
  openToRead(path: string): Promise<OpenedFile | undefined>;
  /** Makes the file when there is none; never shortens one. */
  openToWrite(path: string): Promise<OpenedFile>;
  rename(from: string, to: string): Promise<void>;
  /** No error when there is no such file. */
  remove(path: string): Promise<void>;
  /** The folder with all that is in it; no error when there is none. */
  removeFolder(path: string): Promise<void>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  makeFolder(path: string): Promise<void>;
  /** Makes the folder's own changes durable: files made, renamed and removed in it. */
  syncFolder(path: string): Promise<void>;
}

/** A failed disk operation; `facts.code` is the system's code. */
export const failed = (what: string, cause: unknown): Fault =>
  new Fault('ledger', `The disk failed to ${what}.`, { code: codeOf(cause) }, { cause });

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** True for the one failure that passes when somebody makes room. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Fault && (error.facts['code'] === 'ENOSPC' || error.facts['code'] === 'EDQUOT');

async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw failed(what, cause);
  }
}

/** Answers undefined where the thing is not there. */
async function ifThere<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw failed(what, cause);
  }
}

class RealFile implements OpenedFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  read(at: number, length: number, into?: Bytes): Promise<Bytes> {
    return doing('read', async () => {
      const out = into ?? new Uint8Array(length);
      let have = 0;
      while (have < length) {
        const { bytesRead } = await this.#handle.read(out, have, length - have, at + have);
        if (bytesRead === 0) break;
        have += bytesRead;
      }
      return out.subarray(0, have);
    });
  }

  write(bytes: Bytes, at: number): Promise<void> {
    return doing('write', async () => {
      let done = 0;
      while (done < bytes.length) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    return doing('sync', () => this.#handle.datasync());
  }

  truncate(length: number): Promise<void> {
    return doing('truncate', () => this.#handle.truncate(length));
  }

  length(): Promise<number> {
    return doing('stat', async () => (await this.#handle.stat()).size);
  }

  close(): Promise<void> {
    return doing('close', () => this.#handle.close());
  }
}

// Only the house reads its ledger: the sealed fields are in it.
const MODE = 0o600;
const FOLDER_MODE = 0o700;

export const realFiles: FileLayer = {
  async openToRead(path) {
    const handle = await ifThere('open', () => open(path, 'r'));
    return handle === undefined ? undefined : new RealFile(handle);
  },
  openToWrite(path) {
    return doing('open', async () => {
      const handle = (await ifThere('open', () => open(path, 'r+'))) ?? (await open(path, 'wx+', MODE));
      return new RealFile(handle);
    });
  },
  rename: (from, to) => doing('rename', () => rename(from, to)),
  remove: (path) => doing('remove', () => rm(path, { force: true })),
  removeFolder: (path) => doing('remove', () => rm(path, { force: true, recursive: true })),
  list: async (folder) => ((await ifThere('list', () => readdir(folder))) ?? []).sort(),
  makeFolder: (path) =>
    doing('make a folder', async () => void (await mkdir(path, { recursive: true, mode: FOLDER_MODE }))),
  syncFolder: (path) =>
    doing('sync a folder', async () => {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }),
};

/** A whole small file, or its first `most` bytes; undefined when it is not there. */
export async function readWhole(files: FileLayer, path: string, most?: number): Promise<Bytes | undefined> {
  const file = await files.openToRead(path);
  if (file === undefined) return undefined;
  try {
    return await file.read(0, most ?? (await file.length()));
  } finally {
    await file.close();
  }
}

/** Replaces a small file in one step: a reader sees the old one or the new one, whole. */
export async function replaceFile(
  files: FileLayer,
  path: string,
  { bytes, durable }: { bytes: Bytes; durable: boolean },
): Promise<void> {
  const beside = `${path}.new`;
  const file = await files.openToWrite(beside);
  try {
    await file.truncate(0);
    await file.write(bytes, 0);
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(beside, path);
  if (durable) await files.syncFolder(path.slice(0, path.lastIndexOf('/')));
}
