import { type Bytes, equalBytes, Refusal, type Sha256, utf8 } from '@visor/record';
import { crc32, singleByteErrors } from './crc32.ts';
import { type JsonPath, jsonPathAt } from './json-path.ts';
import { type ListedFile, MANIFEST, parseManifest } from './manifest.ts';
import { walkZip } from './unzip.ts';
import { END, LOCAL, localHeader } from './zip.ts';

/** Where a bundle is damaged, as closely as its own checksums can say. */
export interface Damage {
  readonly byte: number; //     offset in the bundle, 0-based; the first damaged one when there may be more
  readonly file?: string; //    the file inside, when the byte is its content or its header
  readonly offset?: number; //  offset in that file, when it is content
  readonly expected?: number; // the value with which this one byte would fit every checksum: then no other is damaged
  readonly path?: JsonPath; //  for JSON: the member or element in which it stands
}

const MARK = utf8('"visor":"bundle/');
const MARK_WITHIN = 1024 * 1024;
const START = LOCAL + MANIFEST.length; // where the manifest's own bytes begin
const [CRC_AT, SIZES_AT, LENGTHS_AT] = [14, 18, 26]; // in a local header
const DIRECTORY_AT = 16; // in the end record: where the directory begins

/**
 * Finds the damage in a bundle whose container is not canonical.
 *
 * The manifest says which files there are, how long and with which SHA-256, and so it lays out every byte of
 * the container but its own. A file with another SHA-256 has its wrong byte found from the CRC-32 (`singleByteErrors`)
 * and confirmed by the SHA-256. Nothing here decides whether a bundle is damaged; `readBundle` does.
 * @returns undefined when the container is in order, so that what is wrong is wrong in what the files say
 * @cost    a few passes over the bytes
 */
export function findDamage(sha256: Sha256, bytes: Bytes): Damage | undefined {
  const { flaw } = walkZip(bytes);
  if (flaw === undefined) return undefined;
  const fallback: Damage = { byte: flaw.at, ...(flaw.file === undefined ? {} : { file: flaw.file }) };
  const manifest = findManifest(bytes);
  if (manifest === undefined) return fallback;
  if ('damage' in manifest) return manifest.damage;
  const own: ListedFile = { name: MANIFEST, size: manifest.bytes.length, sha256: sha256(manifest.bytes) };
  let at = 0;
  for (const file of [own, ...manifest.files]) {
    const damage = fileDamage(sha256, bytes.subarray(at), file);
    if (damage !== undefined) return { ...damage, byte: at + damage.byte, file: file.name };
    at += LOCAL + file.name.length + file.size;
  }
  return fallback.byte >= at ? fallback : { byte: at }; // every file is whole: the directory, or what follows it
}

/**
 * Whether bytes that are no bundle were probably one: they have the mark of its manifest near the beginning, or the
 * fixed start of the container with at most two bytes wrong.
 */
export function isLikeBundle(bytes: Bytes): boolean {
  const start = localHeader({ name: MANIFEST, crc: 0, size: 0 });
  const wrong = start.filter((byte, i) => byte !== bytes[i] && (i < CRC_AT || i >= LENGTHS_AT)).length;
  return wrong <= 2 || includes(bytes.subarray(0, MARK_WITHIN), MARK);
}

function includes(bytes: Bytes, wanted: Bytes): boolean {
  for (let at = bytes.indexOf(wanted[0]!); at !== -1; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

interface FoundManifest {
  readonly bytes: Bytes;
  readonly files: readonly ListedFile[];
}

/**
 * The manifest, by either of the two lengths in its header; or the damage in it. It has no digest of its own, so header
 * and directory say by their CRC-32 whether it is whole: damage at one place leaves one of the two as it was.
 */
function findManifest(bytes: Bytes): FoundManifest | { readonly damage: Damage } | undefined {
  const directory = u32At(bytes, bytes.length - END + DIRECTORY_AT);
  const stated = [u32At(bytes, CRC_AT), u32At(bytes, directory + CRC_AT + 2)]; // a directory header has 2 bytes more before
  const sizes = [u32At(bytes, SIZES_AT), u32At(bytes, SIZES_AT + 4)].filter((size) => START + size <= bytes.length);
  const contents = sizes.map((size) => bytes.subarray(START, START + size));
  for (const content of contents) {
    const files = stated.includes(crc32(content)) ? filesOf(content) : undefined;
    if (files !== undefined) return { bytes: content, files };
  }
  for (const content of contents) {
    const damage = wrongByte(content, stated[0]!, (repaired) => filesOf(repaired) !== undefined);
    if (damage !== undefined) return { damage: { ...damage, byte: START + damage.byte, file: MANIFEST } };
  }
  return undefined;
}

function filesOf(content: Bytes): readonly ListedFile[] | undefined {
  try {
    return parseManifest(content).files;
  } catch (cause) {
    if (cause instanceof Refusal) return undefined; // no manifest: the caller looks on
    throw cause;
  }
}

/** The damage in header or content of one file; offsets from its header on. */
function fileDamage(sha256: Sha256, bytes: Bytes, file: ListedFile): Damage | undefined {
  const start = LOCAL + file.name.length;
  if (bytes.length < start + file.size) return { byte: bytes.length };
  const content = bytes.subarray(start, start + file.size);
  const header = localHeader({ name: file.name, size: file.size, crc: crc32(content) });
  const wrong = Array.from(header.keys()).filter((i) => header[i] !== bytes[i]);
  const beside = wrong.find((i) => i < CRC_AT || i >= SIZES_AT);
  if (beside !== undefined) return { byte: beside };
  if (equalBytes(sha256(content), file.sha256)) return wrong[0] === undefined ? undefined : { byte: wrong[0] };
  const found = wrongByte(content, u32At(bytes, CRC_AT), (repaired) => equalBytes(sha256(repaired), file.sha256));
  return found === undefined ? { byte: start } : { ...found, byte: start + found.byte };
}

/** The one byte of the content whose change makes it fit its stated CRC-32 and pass `fits`. */
function wrongByte(content: Bytes, crc: number, fits: (repaired: Bytes) => boolean): Damage | undefined {
  for (const { at, flip } of singleByteErrors(content.length, crc, crc32(content))) {
    const repaired = new Uint8Array(content); // a copy: slice() of a Node Buffer would be a view
    repaired[at]! ^= flip;
    if (fits(repaired)) return { byte: at, offset: at, expected: repaired[at]!, path: jsonPathAt(repaired, at) };
  }
  return undefined;
}

function u32At(bytes: Bytes, at: number): number {
  return [3, 2, 1, 0].reduce((value, i) => value * 256 + (bytes[at + i] ?? 0), 0);
}
