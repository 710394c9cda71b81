/**
 * One frame of the write-ahead log: a batch of entries of any logs, and the heads that follow from it, unsigned. It is
 * the record; tiles and indices are made from it. Frames form a chain by hash, across segments and leases.
 *
 *   "VSRF" | version 1 | length 4 | lease 8 | number 8 | previous frame's hash 32 | logs 2 | entries 4
 *   each log:   site id 16 | origin length 2 | origin | size after the batch 8 | root after the batch 32
 *   each entry: log 2 | id 16 | leaf 53 | group roots 8 × 32 | sealed blobs 8 × (320, 640 or 1280) | tags 2 × 32
 *   SHA-256 of all before 32, which is the frame's hash
 */
import {
  type Bytes,
  bytesOfId,
  equalBytes,
  idOf,
  Refusal,
  type Sha256,
  text,
  u16,
  u32,
  u64,
  utf8,
} from '@visor/record';
import { type ByteReader, readBytes } from './byte-reader.ts';
import {
  decodeEntry,
  ENTRY_LEAST,
  entryLengthAt,
  entryLengthOf,
  type FrameEntry,
  type Put,
  putEntry,
} from './frame-entry.ts';
import { isOrigin } from './note.ts';
import { HASH_LENGTH } from './tree.ts';

const MAGIC = utf8('VSRF');
const VERSION = 1;
const HEAD_LENGTH = 4 + 1 + 4 + 8 + 8 + HASH_LENGTH + 2 + 4;
const LENGTH_AT = 5;

/** Bytes that a reader needs to know how long a frame is. */
export const FRAME_PREFIX = LENGTH_AT + 4;
/** No frame is longer; a writer's batch ends before. */
export const FRAME_LIMIT = 8 * 1024 * 1024;

/** A log of the batch with the head that it has after it. */
export interface FrameLog {
  readonly site: string; // sit_…
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

export interface FrameHead {
  readonly lease: number;
  readonly number: number; // 1 for the first frame of a house
  readonly previous: Bytes; // 32; zeros before the first
}

export interface Frame extends FrameHead {
  readonly logs: readonly FrameLog[];
  readonly entries: readonly FrameEntry[];
  readonly hash: Bytes; // 32
}

/** Where an entry begins within the frame's bytes. */
export interface EntrySpot {
  readonly log: number;
  readonly at: number;
}

export interface FrameOutline extends FrameHead {
  readonly logs: readonly FrameLog[];
  readonly entries: readonly EntrySpot[];
  readonly hash: Bytes;
}

/** Bytes of one log in a frame. */
export const logLength = (origin: string): number => 16 + 2 + utf8(origin).length + 8 + HASH_LENGTH;

/**
 * The frame's bytes; the last 32 are its hash.
 * @throws RangeError when a part does not have its length or the frame would pass FRAME_LIMIT
 */
export function encodeFrame(sha256: Sha256, frame: Omit<Frame, 'hash'>): Bytes {
  const { logs, entries } = frame;
  let length = HEAD_LENGTH + HASH_LENGTH;
  for (const { origin } of logs) length += logLength(origin);
  for (const entry of entries) length += entryLengthOf(entry);
  if (length > FRAME_LIMIT) throw new RangeError('the batch does not fit one frame');
  const out = new Uint8Array(length);
  let at = 0;
  const put = (bytes: Bytes, expected: number): void => {
    if (bytes.length !== expected) throw new RangeError(`a part of the frame has ${bytes.length} bytes`);
    out.set(bytes, at);
    at += expected;
  };
  put(MAGIC, 4);
  out[at++] = VERSION;
  for (const [value, width] of [
    [u32(length), 4],
    [u64(frame.lease), 8],
    [u64(frame.number), 8],
  ] as const)
    put(value, width);
  put(frame.previous, HASH_LENGTH);
  put(u16(logs.length), 2);
  put(u32(entries.length), 4);
  for (const log of logs) putLog(put, log);
  for (const entry of entries) {
    if (entry.log >= logs.length) throw new RangeError('not an entry of this frame');
    putEntry(put, entry);
  }
  put(sha256(out.subarray(0, at)), HASH_LENGTH);
  return out;
}

function putLog(put: Put, { site, origin, size, root }: FrameLog): void {
  const name = utf8(origin);
  put(bytesOfId(site), 16);
  put(u16(name.length), 2);
  put(name, name.length);
  put(u64(size), 8);
  put(root, HASH_LENGTH);
}

/**
 * How long the frame that starts here claims to be, or undefined when none starts here.
 * @param prefix at least FRAME_PREFIX bytes; not believed before the hash stands
 */
export function frameLength(prefix: Bytes): number | undefined {
  if (prefix.length < FRAME_PREFIX || !MAGIC.every((byte, i) => prefix[i] === byte)) return undefined;
  const reader = readBytes(prefix.subarray(LENGTH_AT));
  const length = reader.whole(4)!;
  return length >= HEAD_LENGTH + HASH_LENGTH && length <= FRAME_LIMIT ? length : undefined;
}

/**
 * Reads one whole frame but leaves its entries where they are. Byte strings are views into `bytes`.
 * @param bytes exactly one frame
 * @throws Refusal `ledger.frame.shape`: not a frame, cut short, longer, or its hash is another
 * @cost   one digest over all bytes; nothing is allocated by a count that the length does not bear out
 */
export function outlineFrame(sha256: Sha256, bytes: Bytes): FrameOutline {
  if (frameLength(bytes) !== bytes.length || bytes[4] !== VERSION) throw malformed('length');
  const end = bytes.length - HASH_LENGTH;
  const hash = bytes.subarray(end);
  if (!equalBytes(sha256(bytes.subarray(0, end)), hash)) throw malformed('hash');
  const reader = readBytes(bytes.subarray(FRAME_PREFIX, end));
  const [lease, number] = [reader.whole(8), reader.whole(8)];
  const previous = reader.take(HASH_LENGTH)!; // HEAD_LENGTH bytes were found to be there
  if (lease === undefined || number === undefined) throw malformed('number');
  const [logCount, entryCount] = [reader.whole(2)!, reader.whole(4)!];
  if (logCount * logLength('x') + entryCount * ENTRY_LEAST > reader.left) throw malformed('counts');
  const logs = Array.from({ length: logCount }, () => readLog(reader));
  const entries: EntrySpot[] = [];
  let at = end - reader.left;
  for (let i = 0; i < entryCount; i += 1) {
    const length = entryLengthAt(bytes, at);
    if (length === undefined || at + length > end) throw malformed('entry');
    const log = bytes[at]! * 256 + bytes[at + 1]!;
    if (log >= logCount) throw malformed('log of an entry');
    entries.push({ log, at });
    at += length;
  }
  if (at !== end) throw malformed('rest');
  return { lease, number, previous, logs, entries, hash };
}

/**
 * Reads one whole frame with its entries, as views into `bytes`.
 * @throws Refusal `ledger.frame.shape` as `outlineFrame`
 */
export function decodeFrame(sha256: Sha256, bytes: Bytes): Frame {
  const outline = outlineFrame(sha256, bytes);
  return { ...outline, entries: outline.entries.map(({ at }) => decodeEntry(bytes.subarray(at))!) }; // outlined as entries
}

function readLog(reader: ByteReader): FrameLog {
  const site = reader.take(16);
  const length = reader.whole(2);
  const origin = length === undefined ? undefined : reader.take(length);
  const size = reader.whole(8);
  const root = reader.take(HASH_LENGTH);
  if (site === undefined || origin === undefined || size === undefined || root === undefined) throw malformed('log');
  const name = textOf(origin);
  if (!isOrigin(name)) throw malformed('origin');
  return { site: idOf('sit', site), origin: name, size, root };
}

function textOf(bytes: Bytes): string {
  try {
    return text(bytes);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('ledger.frame.shape', { what: 'origin' }, { cause });
  }
}

const malformed = (what: string): Refusal => new Refusal('ledger.frame.shape', { what });
