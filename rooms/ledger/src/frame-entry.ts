/** One entry as it stands in a frame: log 2 | id 16 | leaf 53 | group roots 8 × 32 | sealed blobs 8 × size | tags 2 × 32. */
import { type Bytes, u16 } from '@visor/record';
import { type ByteReader, readBytes } from './byte-reader.ts';
import { ENTRY_ID_LENGTH } from './entry.ts';
import { BLOB_LENGTH } from './group.ts';
import { SLOT_COUNT } from './kinds.ts';
import { isPadClass, LEAF_LENGTH, type PadClass } from './leaf.ts';
import { HASH_LENGTH } from './tree.ts';

/** Where the leaf begins within an entry. */
export const LEAF_AT = 2 + ENTRY_ID_LENGTH;

/** And where the eight group roots begin. */
export const ROOTS_AT = LEAF_AT + LEAF_LENGTH;

/** All eight blobs are there, decoys included. */
export interface FrameEntry {
  readonly log: number; // which of the frame's logs
  readonly id: Bytes;
  readonly leaf: Bytes;
  readonly roots: readonly Bytes[];
  readonly blobs: readonly Bytes[];
  readonly tags: readonly [Bytes, Bytes];
}

/** Writes the next part of a frame, which must have the expected length. */
export type Put = (bytes: Bytes, expected: number) => void;

/** Bytes of one entry in a frame, by pad class. */
export const entryLength = (padClass: PadClass): number =>
  LEAF_AT + LEAF_LENGTH + SLOT_COUNT * (HASH_LENGTH + BLOB_LENGTH[padClass]) + 2 * HASH_LENGTH;

/** No entry is shorter. */
export const ENTRY_LEAST = entryLength(3);

function padClassOf(leaf: Bytes): PadClass | undefined {
  const value = leaf[13] ?? 0;
  return isPadClass(value) ? value : undefined;
}

/** @throws RangeError when the leaf names no pad class */
export function entryLengthOf({ leaf }: FrameEntry): number {
  const padClass = padClassOf(leaf);
  if (padClass === undefined) throw new RangeError('not a leaf');
  return entryLength(padClass);
}

export function putEntry(put: Put, entry: FrameEntry): void {
  const padClass = padClassOf(entry.leaf);
  if (padClass === undefined || entry.roots.length !== SLOT_COUNT || entry.blobs.length !== SLOT_COUNT) {
    throw new RangeError('not an entry');
  }
  put(u16(entry.log), 2);
  put(entry.id, ENTRY_ID_LENGTH);
  put(entry.leaf, LEAF_LENGTH);
  for (const root of entry.roots) put(root, HASH_LENGTH);
  for (const blob of entry.blobs) put(blob, BLOB_LENGTH[padClass]);
  for (const tag of entry.tags) put(tag, HASH_LENGTH);
}

/** How long the entry is that begins here, by the pad class in its leaf; undefined when there is none. */
export function entryLengthAt(bytes: Bytes, at: number): number | undefined {
  const value = bytes[at + LEAF_AT + 13] ?? 0;
  return isPadClass(value) ? entryLength(value) : undefined;
}

/** The entry at the front of these bytes, in views; undefined when they hold none. */
export function decodeEntry(bytes: Bytes): FrameEntry | undefined {
  const length = entryLengthAt(bytes, 0);
  if (length === undefined || bytes.length < length) return undefined;
  const reader = readBytes(bytes);
  const log = reader.whole(2)!;
  const [id, leaf] = [reader.take(ENTRY_ID_LENGTH)!, reader.take(LEAF_LENGTH)!];
  const roots = takeAll(reader, SLOT_COUNT, HASH_LENGTH);
  const blobs = takeAll(reader, SLOT_COUNT, BLOB_LENGTH[padClassOf(leaf)!]);
  const [subject, third] = takeAll(reader, 2, HASH_LENGTH);
  return { log, id, leaf, roots, blobs, tags: [subject!, third!] };
}

/** The length was checked as a whole before. */
function takeAll(reader: ByteReader, count: number, length: number): readonly Bytes[] {
  const all = reader.take(count * length)!;
  return Array.from({ length: count }, (_, i) => all.subarray(i * length, (i + 1) * length));
}
