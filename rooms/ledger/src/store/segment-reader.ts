/** Reads entries back out of the segments, by the places that the index has. */
import { type Bytes, equalBytes, Refusal, type Sha256 } from '@visor/record';
import { decodeEntry, type FrameEntry, LEAF_AT } from '../frame-entry.ts';
import { fieldRootOf } from '../group.ts';
import { LEAF_LENGTH, parseLeaf } from '../leaf.ts';
import type { EntryPlace } from './entry-index.ts';
import type { FileLayer, OpenedFile } from './files.ts';
import { segmentFile } from './segment.ts';

const OPEN_FILES = 16;
const LARGEST_ENTRY = 12 * 1024; // of pad class 5
const READ_AHEAD = 1024 * 1024;

export interface StoredEntry {
  readonly id: Bytes;
  readonly leaf: Bytes;
  readonly roots: readonly Bytes[];
  readonly blobs: readonly Bytes[];
  readonly tags: readonly [Bytes, Bytes];
}

export class SegmentReader {
  readonly #files: FileLayer;
  readonly #sha256: Sha256;
  readonly #folder: string;
  readonly #open = new Map<string, Held>();

  constructor({ files, sha256, folder }: { files: FileLayer; sha256: Sha256; folder: string }) {
    this.#files = files;
    this.#sha256 = sha256;
    this.#folder = folder;
  }

  /**
   * The entry with everything that the frame has of it; its group roots were found to lead to its leaf.
   * @throws Refusal `ledger.damaged`; Fault `ledger`
   */
  async entry(place: EntryPlace): Promise<StoredEntry> {
    const { log: _, ...entry } = this.#decode(await this.#read(place, LARGEST_ENTRY), place);
    if (!equalBytes(fieldRootOf(this.#sha256, entry.roots), parseLeaf(entry.leaf).fieldRoot)) throw damaged(place);
    return entry;
  }

  #decode(bytes: Bytes, place: EntryPlace): FrameEntry {
    const entry = decodeEntry(bytes);
    if (entry === undefined) throw damaged(place);
    return entry;
  }

  /**
   * The leaves of consecutive entries of one log.
   * @param places in the order of the log, so that those of one segment rise
   */
  async leaves(places: readonly EntryPlace[]): Promise<readonly Bytes[]> {
    const leaves: Bytes[] = [];
    let chunk: { place: EntryPlace; bytes: Bytes } | undefined;
    for (const place of places) {
      if (chunk === undefined || !holdsLeaf(chunk, place))
        chunk = { place, bytes: await this.#read(place, READ_AHEAD) };
      const from = place.at - chunk.place.at + LEAF_AT;
      const leaf = chunk.bytes.slice(from, from + LEAF_LENGTH);
      if (leaf.length !== LEAF_LENGTH) throw damaged(place);
      leaves.push(leaf);
    }
    return leaves;
  }

  async #read({ segment, at }: EntryPlace, length: number): Promise<Bytes> {
    const held = this.#hold(segmentFile(segment));
    try {
      const file = await held.file;
      if (file === undefined) throw damaged({ segment, at });
      return await file.read(at, length);
    } finally {
      held.readers -= 1;
      await this.#closeIdle();
    }
  }

  #hold(name: string): Held {
    const held = this.#open.get(name) ?? { file: this.#files.openToRead(`${this.#folder}/${name}`), readers: 0 };
    held.readers += 1;
    this.#open.delete(name);
    this.#open.set(name, held); // the one used last stands last
    return held;
  }

  async #closeIdle(most = OPEN_FILES): Promise<void> {
    for (const [name, { file, readers }] of this.#open) {
      if (this.#open.size <= most) return;
      if (readers > 0) continue;
      this.#open.delete(name);
      await (await file)?.close();
    }
  }

  /** To be called when nothing reads any more. */
  close(): Promise<void> {
    return this.#closeIdle(0);
  }
}

interface Held {
  readonly file: Promise<OpenedFile | undefined>;
  readers: number;
}

function holdsLeaf(chunk: { place: EntryPlace; bytes: Bytes }, { segment, at }: EntryPlace): boolean {
  const { segment: held, at: from } = chunk.place;
  const same = held.lease === segment.lease && held.sequence === segment.sequence;
  return same && at >= from && at + LEAF_AT + LEAF_LENGTH <= from + chunk.bytes.length;
}

const damaged = ({ segment, at }: EntryPlace): Refusal =>
  new Refusal('ledger.damaged', { lease: segment.lease, sequence: segment.sequence, at });
