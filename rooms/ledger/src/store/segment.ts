/**
 * A segment: one preallocated file of the write-ahead log. Its first block names house, lease and sequence; frames
 * follow, each at a multiple of the block, so that a frame never shares a sector with one that was synced before it.
 */
import { type Bytes, concat, equalBytes, Refusal, type Sha256, u32, u64, utf8 } from '@visor/record';
import { readBytes } from '../byte-reader.ts';
import type { FileLayer, OpenedFile } from './files.ts';

export const BLOCK = 4096;
export const HOUSE_LENGTH = 16;
const MAGIC = utf8('VSRW');
const VERSION = 1;
const HEADER_LENGTH = 4 + 1 + HOUSE_LENGTH + 8 + 4 + 32;
const ZEROS = new Uint8Array(1024 * 1024);

export interface SegmentName {
  readonly lease: number;
  readonly sequence: number; // from 1 within a lease
}

export interface SegmentHeader extends SegmentName {
  readonly house: Bytes; // 16 random bytes, made with the house's database
}

export const segmentFile = ({ lease, sequence }: SegmentName): string =>
  `${String(lease).padStart(12, '0')}-${String(sequence).padStart(8, '0')}.wal`;

/** Undefined for a name that is no segment's. */
export function parseSegmentFile(name: string): SegmentName | undefined {
  const match = /^(\d{12})-(\d{8})\.wal$/.exec(name);
  return match === null ? undefined : { lease: Number(match[1]), sequence: Number(match[2]) };
}

/** The place of the next frame after one that ends at `end`. */
export const nextBlock = (end: number): number => Math.ceil(end / BLOCK) * BLOCK;

export function headerBytes(sha256: Sha256, { house, lease, sequence }: SegmentHeader): Bytes {
  const head = concat([MAGIC, Uint8Array.of(VERSION), house, u64(lease), u32(sequence)]);
  return concat([head, sha256(head)]);
}

/** Undefined when these bytes are not a whole header. */
export function parseHeader(sha256: Sha256, bytes: Bytes): SegmentHeader | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const digest = sha256(bytes.subarray(0, HEADER_LENGTH - 32));
  if (!equalBytes(digest, bytes.subarray(HEADER_LENGTH - 32, HEADER_LENGTH))) return undefined;
  const reader = readBytes(bytes);
  if (!equalBytes(reader.take(4)!, MAGIC) || reader.whole(1) !== VERSION) return undefined;
  const house = reader.take(HOUSE_LENGTH)!.slice();
  const [lease, sequence] = [reader.whole(8), reader.whole(4)];
  return lease === undefined || sequence === undefined ? undefined : { house, lease, sequence };
}

/** Refuses a segment of another house; undefined when the header is not whole. @throws Refusal `ledger.foreign` */
export function headerOfHouse(sha256: Sha256, bytes: Bytes, house: Bytes): SegmentHeader | undefined {
  const header = parseHeader(sha256, bytes);
  if (header !== undefined && !equalBytes(header.house, house)) {
    throw new Refusal('ledger.foreign', { lease: header.lease, sequence: header.sequence });
  }
  return header;
}

/**
 * Writes zeros over the whole length and syncs them: a later write into the file needs no space and no metadata.
 * @throws Fault `ledger` with ENOSPC when there is no room; the file is removed then
 */
export async function fillFile(files: FileLayer, path: string, length: number): Promise<void> {
  const file = await files.openToWrite(path);
  let full = false;
  try {
    await file.truncate(0);
    for (let at = 0; at < length; at += ZEROS.length) {
      await file.write(ZEROS.subarray(0, Math.min(ZEROS.length, length - at)), at);
    }
    await file.sync();
    full = true;
  } finally {
    await file.close();
    if (!full) await files.remove(path);
  }
}

/** Turns a zero-filled file into a segment and answers it open. Durable, name and all, when it answers. */
export async function beginSegment(
  { files, sha256, folder }: { files: FileLayer; sha256: Sha256; folder: string },
  spare: string,
  header: SegmentHeader,
): Promise<OpenedFile> {
  const path = `${folder}/${segmentFile(header)}`;
  await files.rename(`${folder}/${spare}`, path);
  const file = await files.openToWrite(path);
  try {
    await file.write(headerBytes(sha256, header), 0);
    await file.sync();
    await files.syncFolder(folder);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
