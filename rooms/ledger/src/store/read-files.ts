/**
 * The real disk for a check that has a process to itself: it reads without the thread pool, which costs more than the
 * reading of a small file. It writes nothing.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import type { Bytes } from '@visor/record';
import { codeOf, type FileLayer, failed, type OpenedFile } from './files.ts';

function ifThere<T>(what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw failed(what, cause);
  }
}

const readOnly = (): never => {
  throw new RangeError('a check writes nothing');
};

function opened(descriptor: number): OpenedFile {
  return {
    read: async (at, length, into = new Uint8Array(length)) => into.subarray(0, readAll(descriptor, at, into)),
    length: async () => fstatSync(descriptor).size,
    close: async () => closeSync(descriptor),
    ...{ write: readOnly, sync: readOnly, truncate: readOnly },
  };
}

function readAll(descriptor: number, at: number, into: Bytes): number {
  let have = 0;
  try {
    for (let more = 1; more > 0 && have < into.length; have += more) {
      more = readSync(descriptor, into, have, into.length - have, at + have);
    }
  } catch (cause) {
    throw failed('read', cause);
  }
  return have;
}

export const readFiles: FileLayer = {
  async openToRead(path) {
    const descriptor = ifThere('open', () => openSync(path, 'r'));
    return descriptor === undefined ? undefined : opened(descriptor);
  },
  list: async (folder) => (ifThere('list', () => readdirSync(folder)) ?? []).sort(),
  ...{ openToWrite: readOnly, rename: readOnly, remove: readOnly, removeFolder: readOnly },
  ...{ makeFolder: readOnly, syncFolder: readOnly },
};
