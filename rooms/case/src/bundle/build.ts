import { type Bytes, canonicalBytes, Refusal, type Sha256, utf8 } from '@visor/record';
import { type Contents, jsonOf, type OrderedContents, orderContents } from './contents.ts';
import { ENTRIES, type ListedLog, MANIFEST, manifestBytes, README } from './manifest.ts';
import { readmeOf } from './readme.ts';
import { BUNDLE_LIMITS } from './unzip.ts';
import { type PackedFile, writeZip } from './zip.ts';

/**
 * The bundle of these contents: the same contents in any order give the same bytes.
 *
 * Checks that the parts fit each other, not that they are true: `@visor/verifier` does that, and the maker should
 * let it before handing the bundle out.
 * @throws Refusal `bundle.manifest` when the parts do not fit, `bundle.size` when no reader would take the result
 * @cost   two passes over the bytes and their SHA-256
 */
export function buildBundle(sha256: Sha256, contents: Contents): Bytes {
  const ordered = orderContents(contents);
  const heads = headFiles(ordered);
  const logs = ordered.logs.map(({ origin }, i): ListedLog => {
    const { head, files } = heads[i]!;
    const entries = ordered.entries.filter(({ entry }) => entry.log === origin).length;
    return { origin, size: ordered.notes[i]!.head.size, entries, head, earlier: files.map(({ names }) => names) };
  });
  const { id, made, key } = contents;
  const files: PackedFile[] = [
    { name: README, bytes: utf8(readmeOf({ id, made, entries: ordered.entries.length, logs })) },
    { name: ENTRIES, bytes: canonicalBytes(ordered.entries.map(jsonOf)) },
    ...heads.flatMap(({ head, note, files }) => [{ name: head, bytes: utf8(note) }, ...files.map(({ note }) => note)]),
    ...heads.flatMap(({ files }) => files.map(({ proof }) => proof)),
  ];
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (files.length >= BUNDLE_LIMITS.files) throw new Refusal('bundle.size', { files: files.length });
  const listed = files.map(({ name, bytes }) => ({ name, size: bytes.length, sha256: sha256(bytes) }));
  const manifest = { id, made, key, entries: ordered.entries.length, logs, files: listed };
  const container = writeZip([{ name: MANIFEST, bytes: manifestBytes(manifest) }, ...files]);
  if (container.length > BUNDLE_LIMITS.bytes) throw new Refusal('bundle.size', { bytes, limit: BUNDLE_LIMITS.bytes });
  return container;
}

interface HeadFiles {
  readonly head: string; // file name
  readonly note: string;
  readonly files: readonly {
    readonly names: { readonly head: string; readonly proof: string };
    readonly note: PackedFile;
    readonly proof: PackedFile;
  }[];
}

/** Notes are numbered through: each log's head, then its earlier heads; a consistency proof has its note's number. */
function headFiles({ logs, notes }: OrderedContents): readonly HeadFiles[] {
  let number = 0;
  return logs.map((log, i) => {
    const { head, earlier } = notes[i]!;
    const own = `heads/${number++}.note`;
    const files = log.earlier.map((item, j) => {
      const names = { head: `heads/${number}.note`, proof: `consistency/${number}.json` };
      number += 1;
      const proof = canonicalBytes({ from: earlier[j]!.size, to: head.size, proof: item.proof });
      return { names, note: { name: names.head, bytes: utf8(item.head) }, proof: { name: names.proof, bytes: proof } };
    });
    return { head: own, note: log.head, files };
  });
}
