/** One bundle for the tables of refusals, and the ways in which an attacker makes another of it. */
import { buildBundle } from '@visor/case/bundle';
import { liveIn, makeContents } from '@visor/case/rehearsal';
import { houseOf, sha256 } from './node-house.ts';
import { filesIn, type RawFile, rawZip } from './raw-zip.ts';

export const LOG = 'visor.invalid/a-site/1';
const house = houseOf('refusals');
const contents = makeContents(house, { origin: LOG, shown: liveIn(house, LOG, 6), earlier: { [LOG]: [4] } });
export const bundle = buildBundle(sha256, contents);
export const files: readonly RawFile[] = filesIn(bundle);

export const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (name: string): string => Buffer.from(files.find((file) => file.name === name)!.bytes).toString();

/** JSON with its members sorted, as RFC 8785 has them. */
export const json = (value: unknown): Uint8Array => encoded(JSON.stringify(sorted(value)));
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, held]) => [name, sorted(held)]));
}

/** The container with one file's bytes replaced and nothing else made to fit. */
export const replaced = (name: string, bytes: Uint8Array): Uint8Array =>
  rawZip(files.map((file) => (file.name === name ? { ...file, bytes } : file)));

export interface EditedManifest {
  readonly files: { readonly name: string; sha256: string; size: number }[];
  readonly logs: { origin: string; size: number; head: string }[];
  entries: number;
  visor: string;
  says: string;
  bundle: string;
  key: string;
  made?: string;
  note?: string;
}

/** The container with another manifest. */
export function withManifest(edit: (manifest: EditedManifest) => unknown): Uint8Array {
  const manifest: EditedManifest = JSON.parse(textOf('manifest.json'));
  edit(manifest);
  return replaced('manifest.json', json(manifest));
}

/** The container with one file replaced, and the manifest made to fit it. */
export function withFile(name: string, bytes: Uint8Array): Uint8Array {
  const manifest: EditedManifest = JSON.parse(textOf('manifest.json'));
  const listed = manifest.files.find((file) => file.name === name)!;
  Object.assign(listed, { size: bytes.length, sha256: Buffer.from(sha256(bytes)).toString('base64') });
  const fitting = json(manifest);
  return rawZip(
    files.map((file) => ({
      ...file,
      bytes: file.name === name ? bytes : file.name === 'manifest.json' ? fitting : file.bytes,
    })),
  );
}

/** A file with a piece of its text replaced, and the manifest made to fit. */
export const withText = (name: string, wanted: string, instead: string): Uint8Array =>
  withFile(name, encoded(textOf(name).replace(wanted, instead)));

export const withEntries = (edit: (entries: Record<string, unknown>[]) => unknown): Uint8Array =>
  withFile('entries.json', json(edit(JSON.parse(textOf('entries.json')))));
