/**
 * A disk in memory that loses power. Between two syncs it keeps any sectors of what was written, any length between the
 * old and the new, and any of the changes to a folder; what was synced it keeps.
 */

import type { FileLayer, OpenedFile } from '@visor/ledger/store';
import { type Bytes, Fault } from '@visor/record';

const SECTOR = 512;

/** Numbers from 0 to below 1. */
export type Chance = () => number;

interface Content {
  durable: Bytes;
  current: Bytes;
  pending: { readonly at: number; readonly bytes: Bytes }[]; // since the last sync, in order
}

interface FolderChange {
  readonly folder: string;
  readonly made?: string; // a folder in it
  readonly remove?: string;
  readonly put?: { readonly path: string; readonly content: Content };
}

export interface Faults {
  /** Called before each write and sync; what it answers is the system's error code to fail with. */
  fail?: (operation: 'write' | 'sync' | 'fill', path: string) => string | undefined;
  /** Called before each operation that changes something; true takes the power away there. */
  cut?: () => boolean;
}

export class Disk implements FileLayer {
  readonly #current = new Map<string, Content>();
  readonly #durable = new Map<string, Content>();
  readonly #folders = new Set<string>(); // made here
  readonly #durableFolders = new Set<string>();
  #changes: FolderChange[] = []; // of folders, since each was synced
  #dead = false;
  readonly faults: Faults = {};

  get dead(): boolean {
    return this.#dead;
  }

  /** Every path with its present bytes, as a copy tool would find them. */
  files(): ReadonlyMap<string, Bytes> {
    return new Map([...this.#current].map(([path, { current }]) => [path, current]));
  }

  /** Puts bytes there as if they had always been there. */
  plant(path: string, bytes: Bytes): void {
    const content = { durable: bytes.slice(), current: bytes.slice(), pending: [] };
    this.#current.set(path, content);
    this.#durable.set(path, content);
  }

  plantFolder(path: string): void {
    this.#folders.add(path);
    this.#durableFolders.add(path);
  }

  /** True when the power is gone, now or before: then nothing ever answers again. */
  step(): boolean {
    if (!this.#dead && this.faults.cut?.() === true) this.#dead = true;
    return this.#dead;
  }

  /** What a machine finds when the power comes back. */
  afterCut(chance: Chance): Disk {
    this.#dead = true;
    const disk = new Disk();
    const names = new Map(this.#durable);
    const folders = new Set(this.#durableFolders);
    const mode = Math.floor(chance() * 4); // nothing unsynced stays, all of it, any part, any part
    for (const change of this.#changes) {
      if (mode === 0 || (mode > 1 && chance() < 0.5)) continue;
      apply(change, names, folders);
    }
    const reachable = (path: string): boolean =>
      [...this.#folders].every((made) => !path.startsWith(`${made}/`) || folders.has(made));
    for (const [path, content] of names) if (reachable(path)) disk.plant(path, survived(content, mode, chance));
    for (const folder of folders) if (reachable(folder)) disk.plantFolder(folder);
    return disk;
  }

  async openToRead(path: string): Promise<OpenedFile | undefined> {
    const content = this.#current.get(path);
    return content === undefined ? undefined : this.#opened(path, content);
  }

  async openToWrite(path: string): Promise<OpenedFile> {
    const known = this.#current.get(path);
    if (known !== undefined) return this.#opened(path, known);
    if (this.step()) return never();
    const content: Content = { durable: new Uint8Array(0), current: new Uint8Array(0), pending: [] };
    this.#current.set(path, content);
    this.#changes.push({ folder: folderOf(path), put: { path, content } });
    return this.#opened(path, content);
  }

  #opened(path: string, content: Content): OpenedFile {
    const guarded = (operation: 'write' | 'sync', work: () => void): Promise<void> => {
      if (this.step()) return never();
      const code = this.faults.fail?.(path.includes('/filling-') && operation === 'write' ? 'fill' : operation, path);
      if (code === undefined) return Promise.resolve(work());
      if (operation === 'sync') lose(content);
      return Promise.reject(new Fault('ledger', 'The disk failed.', { code }));
    };
    return {
      read: async (at, length, into) =>
        this.#dead ? never() : copied(content.current.subarray(at, at + length), into),
      write: (bytes, at) => guarded('write', () => write(content, bytes.slice(), at)),
      sync: () => guarded('sync', () => synced(content)),
      truncate: (length) => guarded('write', () => truncate(content, length)),
      length: async () => (this.#dead ? never() : content.current.length),
      close: async () => (this.#dead ? never() : undefined),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.step()) return never();
    const content = this.#current.get(from);
    if (content === undefined) throw new Fault('ledger', 'The disk failed.', { code: 'ENOENT' });
    this.#current.delete(from);
    this.#current.set(to, content);
    this.#changes.push({ folder: folderOf(to), remove: from, put: { path: to, content } });
  }

  async remove(path: string): Promise<void> {
    if (this.step()) return never();
    if (this.#current.delete(path)) this.#changes.push({ folder: folderOf(path), remove: path });
  }

  async removeFolder(path: string): Promise<void> {
    for (const name of [...this.#current.keys()]) if (name.startsWith(`${path}/`)) await this.remove(name);
  }

  async list(folder: string): Promise<readonly string[]> {
    if (this.#dead) return never();
    const inside = [...this.#current.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0]!))].sort();
  }

  async makeFolder(path: string): Promise<void> {
    if (this.step()) return never();
    if (path === '' || this.#folders.has(path)) return;
    await this.makeFolder(folderOf(path));
    this.#folders.add(path);
    this.#changes.push({ folder: folderOf(path), made: path });
  }

  async syncFolder(path: string): Promise<void> {
    if (this.step()) return never();
    for (const change of this.#changes) {
      if (change.folder === path) apply(change, this.#durable, this.#durableFolders);
    }
    this.#changes = this.#changes.filter(({ folder }) => folder !== path);
  }
}

function apply({ remove, put, made }: FolderChange, names: Map<string, Content>, folders: Set<string>): void {
  if (remove !== undefined) names.delete(remove);
  if (put !== undefined) names.set(put.path, put.content);
  if (made !== undefined) folders.add(made);
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** The machine is off: whoever waits for this waits for ever. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

function copied(bytes: Bytes, into?: Bytes): Bytes {
  if (into === undefined) return bytes.slice();
  into.set(bytes);
  return into.subarray(0, bytes.length);
}

function longer(bytes: Bytes, length: number): Bytes {
  if (length <= bytes.length) return bytes;
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

function write(content: Content, bytes: Bytes, at: number): void {
  content.current = longer(content.current, at + bytes.length);
  content.current.set(bytes, at);
  content.pending.push({ at, bytes });
}

function truncate(content: Content, length: number): void {
  content.current = longer(content.current, length).slice(0, length);
  content.pending = content.pending.map(({ at, bytes }) => ({ at, bytes: bytes.slice(0, Math.max(0, length - at)) }));
}

function synced(content: Content): void {
  if (content.pending.length === 0 && content.durable.length === content.current.length) return;
  if (content.durable.length !== content.current.length) {
    content.durable = longer(content.durable, content.current.length).slice(0, content.current.length);
  }
  for (const { at, bytes } of content.pending) content.durable.set(bytes, at);
  content.pending = [];
}

/** A sync that failed: the pages stay as they are and count as clean, so that no later sync writes them. */
function lose(content: Content): void {
  content.durable = longer(content.durable, content.current.length);
  content.pending = [];
}

function survived(content: Content, mode: number, chance: Chance): Bytes {
  if (mode === 0) return content.durable;
  if (mode === 1) return mixed(content, () => true, content.current.length);
  const [less, more] = [content.durable.length, content.current.length].sort((a, b) => a - b) as [number, number]; // two in, two out
  const length = less + Math.floor(chance() * (more - less + 1));
  if (mode === 2) return mixed(content, () => chance() < 0.5, length);
  const torn = Math.floor(chance() * 64);
  return mixed(content, (sector) => sector < torn, length);
}

/** The durable bytes with those sectors of the pending writes that `keeps` lets through. */
function mixed({ durable, pending }: Content, keeps: (sector: number) => boolean, length: number): Bytes {
  const out = longer(durable, length).slice(0, length);
  for (const { at, bytes } of pending) {
    for (let from = at; from < at + bytes.length; ) {
      const to = Math.min((Math.floor(from / SECTOR) + 1) * SECTOR, at + bytes.length, length);
      if (to <= from) break;
      if (keeps(Math.floor((from - at) / SECTOR))) out.set(bytes.subarray(from - at, to - at), from);
      from = to;
    }
  }
  return out;
}
