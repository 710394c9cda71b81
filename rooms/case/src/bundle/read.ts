import { parseDisclosure } from '@visor/ledger';
import { type Bytes, equalBytes, type Json, parseJson, Refusal, type Sha256, text } from '@visor/record';
import { buildBundle } from './build.ts';
import type { BundleEntry, BundleLog, Contents } from './contents.ts';
import { ENTRIES, type ListedLog, MANIFEST, type Manifest, parseManifest, refusing } from './manifest.ts';
import { list, members, string, whole } from './shape.ts';
import { BUNDLE_LIMITS, firstDifference, readZip, type StoredFile, walkZip } from './unzip.ts';

/**
 * What is in a bundle, when the bytes are the one container of it.
 *
 * The attacker chooses every byte. After reading, the container is made again from what was read and compared, so
 * no byte is without meaning. That nothing is *proved* by this: `@visor/verifier` checks the contents.
 * @throws Refusal `bundle.size`; `bundle.container` with `at` (offset), `what` and, when it is known, `file`;
 *         `bundle.manifest` with `what` and, when it is known, `file`; `bundle.newer`
 * @cost   a few passes over the bytes and two SHA-256 of them; memory a few times the bytes
 */
export function readBundle(sha256: Sha256, bytes: Bytes): Contents {
  const files = readZip(bytes);
  const [first] = files;
  if (first?.name !== MANIFEST) throw new Refusal('bundle.manifest', { what: 'no manifest' });
  const manifest = parseManifest(first.bytes);
  checkListed(sha256, manifest, files.slice(1));
  const contents = contentsOf(manifest, new Map(files.map((file) => [file.name, file])));
  const at = firstDifference(buildBundle(sha256, contents), bytes);
  if (at === undefined) return contents;
  const file = files.findLast((candidate) => candidate.header <= at);
  throw new Refusal('bundle.container', { at, what: 'spelling', ...(file === undefined ? {} : { file: file.name }) });
}

function checkListed(sha256: Sha256, manifest: Manifest, files: readonly StoredFile[]): void {
  for (const [i, listed] of manifest.files.entries()) {
    const file = files[i];
    const facts = { file: listed.name, at: file?.at ?? 0 };
    if (file?.name !== listed.name) throw new Refusal('bundle.manifest', { ...facts, what: 'not there' });
    if (file.bytes.length !== listed.size) throw new Refusal('bundle.manifest', { ...facts, what: 'length' });
    if (!equalBytes(sha256(file.bytes), listed.sha256))
      throw new Refusal('bundle.manifest', { ...facts, what: 'digest' });
  }
  const extra = files[manifest.files.length];
  if (extra !== undefined) throw new Refusal('bundle.manifest', { file: extra.name, at: extra.at, what: 'not listed' });
}

type Files = ReadonlyMap<string, StoredFile>;

function contentsOf({ id, made, key, logs }: Manifest, files: Files): Contents {
  return {
    ...{ id, made, key },
    logs: logs.map((log) => logOf(log, files)),
    entries: within(files, ENTRIES, (bytes) => entriesIn(bytes)),
  };
}

function logOf({ origin, head, earlier }: ListedLog, files: Files): BundleLog {
  return {
    origin,
    head: within(files, head, text),
    earlier: earlier.map((item) => ({
      head: within(files, item.head, text),
      proof: within(files, item.proof, (bytes) => {
        const json = members(parseJson(text(bytes), 4), 'consistency', ['from', 'to', 'proof']);
        return stringsIn(json.proof);
      }),
    })),
  };
}

function entriesIn(bytes: Bytes): readonly BundleEntry[] {
  const entries = parseJson(text(bytes), 32);
  return list(entries, 'entries', BUNDLE_LIMITS.entries).map(entryOf);
}

function entryOf(value: Json): BundleEntry {
  const { entry, proof, size } = members(value, 'entry', ['entry', 'proof', 'size']);
  return { entry: parseDisclosure(entry ?? null), proof: stringsIn(proof), size: whole(size, 'size') };
}

const stringsIn = (value: Json | undefined): readonly string[] =>
  list(value, 'proof', 64).map((hash) => string(hash, 'proof', 44));

/** Reads one file; what it refuses is refused with the file's name and place. */
function within<T>(files: Files, name: string, read: (bytes: Bytes) => T): T {
  const file = files.get(name);
  if (file === undefined) throw new Refusal('bundle.manifest', { what: 'not there' });
  try {
    return refusing(() => read(file.bytes));
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('bundle.manifest', { ...cause.facts, file: name, at: file.at }, { cause });
  }
}

/**
 * The entries of a bundle whose container is damaged, when they can still be read: to say which entry the damage
 * is in, never to believe them.
 */
export function readDamagedEntries(bytes: Bytes): readonly BundleEntry[] | undefined {
  const file = walkZip(bytes).files.find(({ name }) => name === ENTRIES);
  if (file === undefined) return undefined;
  try {
    return entriesIn(file.bytes);
  } catch (cause) {
    if (cause instanceof Refusal) return undefined; // damaged beyond reading: there is no entry to name
    throw cause;
  }
}
