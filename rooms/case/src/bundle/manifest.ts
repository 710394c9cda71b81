import {
  type Bytes,
  base64,
  canonicalBytes,
  equalBytes,
  fromBase64,
  type Id,
  type Instant,
  type Json,
  parseId,
  parseInstant,
  parseJson,
  Refusal,
  rfc3339,
  text,
} from '@visor/record';
import { list, members, string, whole } from './shape.ts';
import { BUNDLE_LIMITS } from './unzip.ts';
import { isPackedName } from './zip.ts';

export const MANIFEST = 'manifest.json';
export const README = 'README.txt';
export const ENTRIES = 'entries.json';
const FORMAT = 'bundle/1';
const SAYS = 'Entries of Visor ledgers with the proofs that they stand there. README.txt says how to check them.';
const KEY_PREFIX = 'ed25519:';

export interface ListedFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: Bytes; // 32 bytes
}
export interface ListedHead {
  readonly head: string; //  name of the file with the note
  readonly proof: string; // name of the file with the consistency proof
}
export interface ListedLog {
  readonly origin: string;
  readonly size: number; //    of the head
  readonly entries: number; // in this bundle
  readonly head: string; //    name of the file with the note
  readonly earlier: readonly ListedHead[];
}
export interface Manifest {
  readonly id: Id<'bnd'>;
  readonly made: Instant;
  readonly key: Bytes; // 32 bytes, Ed25519: what the bundle claims, never an anchor
  readonly entries: number;
  readonly logs: readonly ListedLog[];
  readonly files: readonly ListedFile[];
}

export function manifestBytes({ id, made, key, entries, logs, files }: Manifest): Bytes {
  return canonicalBytes({
    visor: FORMAT,
    says: SAYS,
    bundle: id,
    made: rfc3339(made),
    key: KEY_PREFIX + base64(key),
    entries,
    logs: logs.map((log) => ({ ...log, earlier: log.earlier.map((earlier) => ({ ...earlier })) })),
    files: files.map(({ name, size, sha256 }) => ({ name, size, sha256: base64(sha256) })),
  });
}

/**
 * Reads only what `manifestBytes` writes.
 * @throws Refusal `bundle.manifest`, `bundle.newer`
 */
export function parseManifest(bytes: Bytes): Manifest {
  const manifest = refusing(() => fromJson(parseJson(text(bytes), 6)));
  if (!equalBytes(bytes, manifestBytes(manifest))) throw new Refusal('bundle.manifest', { what: 'spelling' });
  return manifest;
}

/** A text that is no UTF-8, JSON, base64, id or time makes a file of the bundle wrong; the cause says which. */
export function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.code.startsWith('bundle.')) throw cause;
    throw new Refusal('bundle.manifest', { what: cause.code }, { cause });
  }
}

const NAMES = ['visor', 'says', 'bundle', 'made', 'key', 'entries', 'logs', 'files'];

function fromJson(value: Json): Manifest {
  if (typeof value === 'object' && value !== null && 'visor' in value) refuseNewer(value.visor);
  const json = members(value, 'manifest', NAMES);
  const key = string(json.key, 'key', 128);
  if (!key.startsWith(KEY_PREFIX)) throw new Refusal('bundle.manifest', { what: 'key' });
  return {
    id: parseId('bnd', string(json.bundle, 'bundle', 64)),
    made: parseInstant(string(json.made, 'made', 64)),
    key: bytesOf(key.slice(KEY_PREFIX.length), 'key'),
    entries: whole(json.entries, 'entries'),
    logs: list(json.logs, 'logs', BUNDLE_LIMITS.files).map(logOf),
    files: list(json.files, 'files', BUNDLE_LIMITS.files).map(fileOf),
  };
}

function refuseNewer(visor: Json): void {
  const version = typeof visor === 'string' ? /^bundle\/([1-9]\d{0,3})$/.exec(visor)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1) throw new Refusal('bundle.newer', { version: Number(version) });
}

function logOf(value: Json): ListedLog {
  const json = members(value, 'log', ['origin', 'size', 'entries', 'head', 'earlier']);
  return {
    origin: string(json.origin, 'origin', 256),
    size: whole(json.size, 'log size'),
    entries: whole(json.entries, 'log entries'),
    head: string(json.head, 'head', 64),
    earlier: list(json.earlier, 'earlier', BUNDLE_LIMITS.files).map((item) => {
      const pair = members(item, 'earlier', ['head', 'proof']);
      return { head: string(pair.head, 'head', 64), proof: string(pair.proof, 'proof', 64) };
    }),
  };
}

function fileOf(value: Json): ListedFile {
  const json = members(value, 'file', ['name', 'size', 'sha256']);
  const name = string(json.name, 'file name', 64);
  if (!isPackedName(name)) throw new Refusal('bundle.manifest', { what: 'file name' });
  return { name, size: whole(json.size, 'file size'), sha256: bytesOf(string(json.sha256, 'sha256', 64), 'sha256') };
}

function bytesOf(value: string, what: string): Bytes {
  const bytes = fromBase64(value);
  if (bytes.length !== 32) throw new Refusal('bundle.manifest', { what });
  return bytes;
}
