import { Fault } from '@visor/record';

/** One file of a tape archive. */
export interface TarFile {
  readonly name: string; //      with forward slashes, as the archive says; never used as a path without a check
  readonly bytes: Uint8Array; // the whole file
}

const BLOCK = 512;
const text = new TextDecoder();

/**
 * Reads the plain files of a USTAR archive, one after another; folders, links and devices are passed over.
 *
 * @param source The archive's bytes in any pieces, uncompressed (pipe a `.tgz` through gunzip first).
 * @param most   A file larger than this many bytes ends the reading.
 * @throws Fault `tar` when a header's sum is wrong, the archive is cut short, or a file is too large.
 * @cost   Holds one file and one piece at a time.
 * @source POSIX.1-1988 ustar; the `path` record of POSIX.1-2001 pax headers
 */
export async function* readTar(source: AsyncIterable<Uint8Array>, most = 64 * 1024 * 1024): AsyncGenerator<TarFile> {
  const take = taker(source);
  let longName: string | undefined;
  for (;;) {
    const header = await take(BLOCK);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { name, size, kind } = readHeader(header);
    if (size > most) throw new Fault('tar', 'a file of the archive is larger than expected', { size, most });
    const padded = await take(Math.ceil(size / BLOCK) * BLOCK);
    if (padded === undefined) throw cutShort();
    const bytes = padded.subarray(0, size);
    if (kind === 'x') longName = paxPath(text.decode(bytes));
    else if (kind === '0' || kind === '\0') yield { name: longName ?? name, bytes };
    if (kind !== 'x' && kind !== 'g') longName = undefined;
  }
}

const cutShort = (): Fault => new Fault('tar', 'the archive is cut short');

/** Hands out the next so many bytes, undefined at a clean end. */
function taker(source: AsyncIterable<Uint8Array>): (length: number) => Promise<Uint8Array | undefined> {
  const pieces = source[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  return async (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      if (piece.length === 0) {
        const next = await pieces.next();
        if (next.done === true && at === 0) return undefined;
        if (next.done === true) throw cutShort();
        piece = next.value;
      }
      const part = piece.subarray(0, length - at);
      out.set(part, at);
      at += part.length;
      piece = piece.subarray(part.length);
    }
    return out;
  };
}

function readHeader(header: Uint8Array): { name: string; size: number; kind: string } {
  const field = (start: number, length: number): string =>
    text.decode(header.subarray(start, start + length)).split('\0')[0]!;
  const octal = (start: number, length: number): number => Number.parseInt(field(start, length).trim() || '0', 8);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  const size = octal(124, 12);
  if (sum !== octal(148, 8) || !Number.isSafeInteger(size) || size < 0)
    throw new Fault('tar', 'a header of the archive is damaged');
  const prefix = field(257, 5) === 'ustar' ? field(345, 155) : '';
  return {
    name: prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`,
    size,
    kind: String.fromCharCode(header[156]!),
  };
}

/** The `path` of a pax header, whose records are `LENGTH KEY=VALUE\n`. */
function paxPath(records: string): string | undefined {
  for (const record of records.split('\n')) {
    const at = record.indexOf(' path=');
    if (at > 0 && /^\d+$/.test(record.slice(0, at))) return record.slice(at + 6);
  }
  return undefined;
}
