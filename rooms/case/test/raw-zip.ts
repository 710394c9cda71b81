/**
 * A zip writer that says what it is told, for containers that our own writer would never make. Written apart from it,
 * from APPNOTE.TXT 4.3, with the CRC-32 of zlib.
 */
import { crc32 } from 'node:zlib';

export interface RawFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly time?: number;
  readonly extra?: Uint8Array;
  readonly size?: number; //        what the header says
  readonly inDirectory?: boolean; // false leaves it out there
}

function numbers(fields: readonly (readonly [width: 2 | 4, value: number])[]): Buffer {
  const out = Buffer.alloc(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) at = width === 2 ? out.writeUInt16LE(value, at) : out.writeUInt32LE(value, at);
  return out;
}

function shared({ name, bytes, flags = 0, method = 0, time = 0, extra, size }: RawFile): (readonly [2 | 4, number])[] {
  const length = size ?? bytes.length;
  const head = [
    [2, 10],
    [2, flags],
    [2, method],
    [2, time],
    [2, 0x21],
    [4, crc32(bytes)],
  ] as const;
  return [...head, [4, length], [4, length], [2, Buffer.byteLength(name)], [2, extra?.length ?? 0]];
}

export function rawZip(files: readonly RawFile[], comment = ''): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const file of files) {
    const extra = file.extra ?? new Uint8Array(0);
    const local = Buffer.concat([
      numbers([[4, 0x04034b50], ...shared(file)]),
      Buffer.from(file.name),
      extra,
      file.bytes,
    ]);
    const rest = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, at],
    ] as const;
    const header = numbers([[4, 0x02014b50], [2, 10], ...shared(file), ...rest]);
    if (file.inDirectory !== false) directory.push(Buffer.concat([header, Buffer.from(file.name), extra]));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const [count, length] = [directory.length, listed.length];
  const end = numbers([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, length],
    [4, at],
    [2, comment.length],
  ]);
  return new Uint8Array(Buffer.concat([...parts, listed, end, Buffer.from(comment)]));
}

/** The files of a container without tricks, by its local headers. */
export function filesIn(bytes: Uint8Array): { name: string; bytes: Uint8Array }[] {
  const view = Buffer.from(bytes);
  const files: { name: string; bytes: Uint8Array }[] = [];
  for (let at = 0; view.readUInt32LE(at) === 0x04034b50; ) {
    const start = at + 30 + view.readUInt16LE(at + 26);
    const end = start + view.readUInt32LE(at + 18);
    files.push({ name: view.toString('latin1', at + 30, start), bytes: bytes.slice(start, end) });
    at = end;
  }
  return files;
}
