/** A prepared entry as the outbox keeps it: everything but its kind, and no bytes for the slots it does not use. */
import { type Bytes, Refusal, utf8 } from '@visor/record';
import { type ByteReader, readBytes } from './byte-reader.ts';
import { ENTRY_ID_LENGTH, type PreparedEntry } from './entry.ts';
import { BLOB_LENGTH } from './group.ts';
import { SLOT_COUNT } from './kinds.ts';
import { isPadClass } from './leaf.ts';
import { HASH_LENGTH } from './tree.ts';

const MAGIC = utf8('VSRP');
const VERSION = 1;
const HEAD_LENGTH = 4 + 3 + ENTRY_ID_LENGTH + (1 + SLOT_COUNT + 2) * HASH_LENGTH;

/** "VSRP" | version 1 | pad class 1 | used slots, bit by slot 1 | id 16 | field root 32 | roots 8 × 32 | tags 2 × 32 | blobs of the used slots. */
export function packPrepared({ id, padClass, roots, blobs, tags, fieldRoot }: PreparedEntry): Bytes {
  const used = blobs.reduce((bits, blob, slot) => (blob === undefined ? bits : bits | (1 << slot)), 0);
  const out = new Uint8Array(HEAD_LENGTH + ones(used) * BLOB_LENGTH[padClass]);
  out.set(MAGIC);
  out.set([VERSION, padClass, used], MAGIC.length);
  let at = MAGIC.length + 3;
  const put = (bytes: Bytes, length: number): void => {
    if (bytes.length !== length) throw new RangeError(`a part of the entry has ${bytes.length} bytes`);
    out.set(bytes, at);
    at += length;
  };
  put(id, ENTRY_ID_LENGTH);
  put(fieldRoot, HASH_LENGTH);
  for (const root of roots) put(root, HASH_LENGTH);
  for (const tag of tags) put(tag, HASH_LENGTH);
  for (const blob of blobs) if (blob !== undefined) put(blob, BLOB_LENGTH[padClass]);
  return out;
}

/**
 * Reads what `packPrepared` writes and nothing else; the field root is not recomputed.
 * @throws Refusal `ledger.entry.shape`
 */
export function unpackPrepared(bytes: Bytes): PreparedEntry {
  const bad = (what: string): Refusal => new Refusal('ledger.entry.shape', { what });
  const reader = readBytes(bytes);
  const magic = reader.take(MAGIC.length);
  if (magic === undefined || !MAGIC.every((byte, i) => magic[i] === byte)) throw bad('packed magic');
  if (reader.whole(1) !== VERSION) throw bad('packed version');
  const padClass = reader.whole(1) ?? 0;
  if (!isPadClass(padClass)) throw bad('packed pad class');
  const used = reader.whole(1) ?? 0;
  const length = BLOB_LENGTH[padClass];
  if (used === 0 || bytes.length !== HEAD_LENGTH + ones(used) * length) throw bad('packed length');
  const id = copied(reader, ENTRY_ID_LENGTH);
  const fieldRoot = copied(reader, HASH_LENGTH);
  const roots = Array.from({ length: SLOT_COUNT }, () => copied(reader, HASH_LENGTH));
  const tags = [copied(reader, HASH_LENGTH), copied(reader, HASH_LENGTH)] as const;
  const blobs = Array.from({ length: SLOT_COUNT }, (_, slot) =>
    (used >> slot) & 1 ? copied(reader, length) : undefined,
  );
  return { id, padClass, roots, blobs, tags, fieldRoot };
}

/** The length was checked as a whole before; a copy, so that the row's buffer can go. */
const copied = (reader: ByteReader, length: number): Bytes => reader.take(length)!.slice();

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
