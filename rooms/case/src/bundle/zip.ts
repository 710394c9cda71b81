import { type Bytes, concat, utf8 } from '@visor/record';
import { crc32 } from './crc32.ts';

/**
 * The one container a bundle has: PKWARE APPNOTE.TXT 6.3, method 0 (stored), version 1.0, no flags, the
 * earliest time the format can write, no extra fields, no comments, no data descriptors. The numbers of a
 * zip are little-endian, unlike every format of our own.
 */
export interface PackedFile {
  readonly name: string;
  readonly bytes: Bytes;
}
/** What the headers say of a file. */
export interface Heading {
  readonly name: string;
  readonly size: number;
  readonly crc: number;
}
interface Placed extends Heading {
  readonly at: number; // offset of its local header
}

export const LOCAL = 30; //      bytes of a local header before the name
export const DIRECTORY = 46; //  bytes of a directory header before the name
export const END = 22; //        bytes of the end record
const FIRST_OF_1980 = 0x0021; // 1 January 1980 in the date field; the time field is 0

/** ASCII segments that begin with a letter or digit: no `..`, no absolute path, no drive, no folder entry. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
export const NAME_MOST = 64;
export const isPackedName = (name: string): boolean => name.length <= NAME_MOST && NAME.test(name);

/** The container of these files in this order. The names are different and each satisfies `isPackedName`. */
export function writeZip(files: readonly PackedFile[]): Bytes {
  const parts: Bytes[] = [];
  const placed: Placed[] = [];
  let at = 0;
  for (const { name, bytes } of files) {
    if (!isPackedName(name)) throw new RangeError('not a name for a file in a bundle');
    const heading = { name, size: bytes.length, crc: crc32(bytes), at };
    const header = localHeader(heading);
    parts.push(header, bytes);
    placed.push(heading);
    at += header.length + bytes.length;
  }
  return concat([...parts, directoryOf(placed, at)]);
}

export function localHeader({ name, size, crc }: Heading): Bytes {
  return concat([little(4, 0x04034b50), facts({ name, size, crc }), utf8(name)]);
}

/** Directory headers and end record; `at` is the offset at which they begin. */
export function directoryOf(files: readonly Placed[], at: number): Bytes {
  const headers = files.map((file) =>
    // version made by 1.0 (host 0), then as in the local header, no comment, disk 0, attributes 0
    concat([
      little(4, 0x02014b50),
      little(2, 10),
      facts(file),
      new Uint8Array(10),
      little(4, file.at),
      utf8(file.name),
    ]),
  );
  const length = headers.reduce((sum, header) => sum + header.length, 0);
  const count = little(2, files.length);
  return concat([
    ...headers,
    little(4, 0x06054b50),
    little(4, 0),
    count,
    count,
    little(4, length),
    little(4, at),
    little(2, 0),
  ]);
}

/** The 26 bytes that local and directory header share: needs 1.0, no flags, stored, time, CRC, sizes, lengths. */
function facts({ name, size, crc }: Heading): Bytes {
  const fixed = [little(2, 10), little(2, 0), little(2, 0), little(2, 0), little(2, FIRST_OF_1980)];
  return concat([...fixed, little(4, crc), little(4, size), little(4, size), little(2, name.length), little(2, 0)]);
}

function little(width: 2 | 4, value: number): Bytes {
  const out = new Uint8Array(width);
  for (let i = 0; i < width; i += 1) out[i] = (value >>> (8 * i)) & 255;
  return out;
}
