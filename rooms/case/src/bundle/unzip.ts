import { type Bytes, Refusal } from '@visor/record';
import { crc32 } from './crc32.ts';
import { directoryOf, type Heading, isPackedName, LOCAL, localHeader, NAME_MOST, type PackedFile } from './zip.ts';

/** What a reader takes, whoever sent it. */
export const BUNDLE_LIMITS = { bytes: 64 * 1024 * 1024, files: 4096, entries: 100_000 } as const;

export interface StoredFile extends PackedFile {
  readonly header: number; // offset of its local header in the container
  readonly at: number; //     offset of its first byte in the container
}

/** Where and how the container differs from the one that its files would make. */
export interface Flaw {
  readonly at: number; //    offset in the container
  readonly file?: string; // the file whose header or content it is, when its name is one
  readonly what: 'header' | 'content' | 'twice' | 'many' | 'cut' | 'directory' | 'trailing';
}

const LOCAL_SIGNATURE = [0x50, 0x4b, 0x03, 0x04];

/**
 * The files of a container that `writeZip` made; views into the bytes, nothing is copied.
 *
 * The attacker chooses every byte. Only the sequence of local headers is walked, each is made again from its
 * name, length and content and compared, and then the directory is made again and compared: so no second
 * directory, hidden bytes, overlap, other method, extra field or length that the content does not bear out.
 * @throws Refusal `bundle.size`, `bundle.container` with the facts of a `Flaw`.
 * @cost   One pass; allocates headers only.
 */
export function readZip(bytes: Bytes): readonly StoredFile[] {
  const { files, flaw } = walkZip(bytes);
  if (flaw !== undefined) throw new Refusal('bundle.container', { ...flaw });
  return files;
}

/** As `readZip`, but gives the files before the first flaw, the file with a wrong content included. */
export function walkZip(bytes: Bytes): { readonly files: readonly StoredFile[]; readonly flaw?: Flaw } {
  if (bytes.length > BUNDLE_LIMITS.bytes) {
    throw new Refusal('bundle.size', { bytes: bytes.length, limit: BUNDLE_LIMITS.bytes });
  }
  const files: StoredFile[] = [];
  const headings: (Heading & { at: number })[] = [];
  const names = new Set<string>();
  let flaw: Flaw | undefined;
  let at = 0;
  while (LOCAL_SIGNATURE.every((byte, i) => bytes[at + i] === byte)) {
    const next = readFile(bytes, at);
    if ('what' in next) return { files, flaw: flaw ?? next };
    const { file, heading } = next;
    if (names.has(file.name)) return { files, flaw: flaw ?? { at, file: file.name, what: 'twice' } };
    if (files.length === BUNDLE_LIMITS.files) return { files, flaw: flaw ?? { at, what: 'many' } };
    names.add(file.name);
    files.push(file);
    headings.push({ ...heading, at });
    if (crc32(file.bytes) !== heading.crc) flaw ??= { at: file.at, file: file.name, what: 'content' };
    at = file.at + file.bytes.length;
  }
  flaw ??= directoryFlaw(bytes, at, directoryOf(headings, at));
  return flaw === undefined ? { files } : { files, flaw };
}

function readFile(bytes: Bytes, header: number): { file: StoredFile; heading: Heading } | Flaw {
  const nameLength = little(bytes, header + 26, 2);
  const at = header + LOCAL + nameLength;
  if (header + LOCAL > bytes.length) return { at: bytes.length, what: 'cut' };
  if (nameLength > NAME_MOST || at > bytes.length) return { at: header + 26, what: 'header' };
  const name = String.fromCharCode(...bytes.subarray(header + LOCAL, at));
  if (!isPackedName(name)) return { at: header + LOCAL, what: 'header' };

  const heading = { name, crc: little(bytes, header + 14, 4), size: little(bytes, header + 18, 4) };
  const wrong = firstDifference(localHeader(heading), bytes.subarray(header, at));
  if (wrong !== undefined) return { at: header + wrong, file: name, what: 'header' };
  if (at + heading.size > bytes.length) return { at: header + 18, file: name, what: 'cut' };
  return { file: { name, header, at, bytes: bytes.subarray(at, at + heading.size) }, heading };
}

function directoryFlaw(bytes: Bytes, at: number, expected: Bytes): Flaw | undefined {
  const wrong = firstDifference(expected, bytes.subarray(at));
  if (wrong === undefined) return undefined;
  if (at + wrong === bytes.length) return { at: bytes.length, what: 'cut' };
  return { at: at + wrong, what: wrong === expected.length ? 'trailing' : 'directory' };
}

/** Offset of the first byte in which two byte strings differ, or undefined when they are equal. */
export function firstDifference(a: Bytes, b: Bytes): number | undefined {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) if (a[i] !== b[i]) return i;
  return a.length === b.length ? undefined : shared;
}

function little(bytes: Bytes, at: number, width: 2 | 4): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i -= 1) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
