import { type EntryDisclosure, type Note, parseNote } from '@visor/ledger';
import { type Bytes, fromBase64, type Id, type Instant, type Json, Refusal } from '@visor/record';
import { BUNDLE_LIMITS } from './unzip.ts';

/** An entry, what is shown of it, and its place under the head of its log. */
export interface BundleEntry {
  readonly entry: EntryDisclosure;
  readonly proof: readonly string[]; // base64 of 32 bytes each, the leaf's sibling first
  readonly size: number; // of the head that the proof leads to
}
/** A head that the house gave out before, on an anchor card or a receipt, and how it leads to the bundle's head. */
export interface EarlierHead {
  readonly head: string; // signed note, smaller than the bundle's head
  readonly proof: readonly string[]; // consistency, base64
}
export interface BundleLog {
  readonly origin: string;
  readonly head: string; // signed note
  readonly earlier: readonly EarlierHead[];
}
export interface Contents {
  readonly id: Id<'bnd'>;
  readonly made: Instant;
  readonly key: Bytes; // Ed25519 public key of the house, as the bundle claims it; 32 bytes
  readonly logs: readonly BundleLog[];
  readonly entries: readonly BundleEntry[];
}

/** Contents whose parts fit each other, in the one order that a bundle has; with the heads read. */
export interface OrderedContents extends Contents {
  readonly notes: readonly { readonly head: Note; readonly earlier: readonly Note[] }[]; // by log
}

/**
 * Logs by origin, entries by log and index, earlier heads by size.
 * @throws Refusal `bundle.manifest` when a part does not belong to the others, or is there twice
 */
export function orderContents(contents: Contents): OrderedContents {
  if (contents.key.length !== 32) throw wrong('key');
  const logs = [...contents.logs].sort((a, b) => compare(a.origin, b.origin)).map(orderLog);
  const sizes = new Map(logs.map(({ log, head }) => [log.origin, head.size]));
  if (logs.length === 0 || sizes.size !== logs.length) throw wrong('logs');
  const entries = [...contents.entries].sort(
    (a, b) => compare(a.entry.log, b.entry.log) || a.entry.index - b.entry.index,
  );
  if (entries.length > BUNDLE_LIMITS.entries) throw wrong('entries');
  for (const [i, { entry, proof, size }] of entries.entries()) {
    const before = entries[i - 1]?.entry;
    if (before?.log === entry.log && before.index === entry.index) throw wrong('entry twice');
    if (sizes.get(entry.log) !== size || entry.index >= size) throw wrong('entry place');
    hashesOf(proof);
  }
  return {
    ...contents,
    entries,
    logs: logs.map(({ log }) => log),
    notes: logs.map(({ head, earlier }) => ({ head, earlier })),
  };
}

function orderLog({ origin, head, earlier }: BundleLog): { log: BundleLog; head: Note; earlier: readonly Note[] } {
  const note = noteOf(head);
  const read = earlier.map((item) => ({ item, note: noteOf(item.head) })).sort((a, b) => a.note.size - b.note.size);
  if (note.origin !== origin || read.some((one) => one.note.origin !== origin)) throw wrong('head origin');
  for (const [i, one] of read.entries()) {
    if (one.note.size >= (read[i + 1]?.note.size ?? note.size)) throw wrong('earlier head');
    hashesOf(one.item.proof);
  }
  const log = { origin, head, earlier: read.map(({ item }) => item) };
  return { log, head: note, earlier: read.map((one) => one.note) };
}

/** The hashes of a proof. @throws Refusal `bundle.manifest` */
export function hashesOf(proof: readonly string[]): readonly Bytes[] {
  if (proof.length > 64) throw wrong('proof');
  return proof.map((hash) => {
    if (hash.length !== 44) throw wrong('proof');
    const bytes = fromBase64(hash);
    if (bytes.length !== 32) throw wrong('proof');
    return bytes;
  });
}

function noteOf(text: string): Note {
  try {
    return parseNote(text);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('bundle.manifest', { what: 'head' }, { cause });
  }
}

/** What is shown of an entry consists of JSON values only, which its interface cannot say for want of an index. */
export const jsonOf = (value: EntryDisclosure | BundleEntry): Json => value as unknown as Json;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const wrong = (what: string): Refusal => new Refusal('bundle.manifest', { what });
