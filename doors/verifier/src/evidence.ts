import type { BundleEntry, BundleLog, Contents } from '@visor/case/bundle';
import { type Note, parseDisclosure, parseNote } from '@visor/ledger';
import {
  type Bytes,
  fromBase64,
  type Id,
  type Instant,
  type Json,
  type JsonObject,
  parseJson,
  Refusal,
  text,
} from '@visor/record';

/** What a bundle and a receipt have in common: entries, the heads that they stand under, the key that is claimed. */
export interface Evidence {
  readonly key?: Bytes; // a receipt names none
  readonly logs: readonly EvidenceLog[];
  readonly entries: readonly BundleEntry[];
  readonly bundle?: { readonly id: Id<'bnd'>; readonly made: Instant };
}
export interface EvidenceLog {
  readonly origin: string;
  readonly head: Note;
  readonly note: string;
  readonly earlier: readonly { readonly head: Note; readonly note: string; readonly proof: readonly Bytes[] }[];
}

export function evidenceOfBundle({ id, made, key, logs, entries }: Contents): Evidence {
  return { key, logs: logs.map(logOf), entries, bundle: { id, made } };
}

function logOf({ origin, head, earlier }: BundleLog): EvidenceLog {
  return {
    origin,
    head: parseNote(head),
    note: head,
    earlier: earlier.map((item) => ({
      head: parseNote(item.head),
      note: item.head,
      proof: item.proof.map(fromBase64),
    })),
  };
}

const RECEIPT_MOST = 256 * 1024; // bytes; the largest entry with every group open has about 60 KiB
const MARK = 'receipt/1';

/** Whether bytes that are no receipt were probably one: they name the format. */
export const isLikeReceipt = (bytes: Bytes): boolean =>
  bytes.length <= RECEIPT_MOST &&
  Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join('')
    .includes(MARK);

/**
 * A receipt as the house hands it out: JSON with exactly these members, in any layout. A member that stands twice is
 * refused, since two programs could read two things.
 * @throws Refusal `receipt.shape`
 */
export function readReceipt(bytes: Bytes): Evidence {
  const bad = (what: string, cause?: unknown): Refusal => new Refusal('receipt.shape', { what }, { cause });
  if (bytes.length > RECEIPT_MOST) throw bad('length');
  try {
    const source = text(bytes);
    const value = parseJson(source, 32);
    if (membersOf(value) !== colonsOf(source)) throw bad('a member twice');
    return evidenceOfReceipt(value);
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.code === 'receipt.shape') throw cause;
    throw bad(cause.code, cause);
  }
}

function evidenceOfReceipt(value: Json): Evidence {
  const bad = (what: string): Refusal => new Refusal('receipt.shape', { what });
  if (!isObject(value)) throw bad('object');
  const { visor, entry, proof, size, checkpoint, ...more } = value;
  if (visor !== MARK || Object.keys(more).length > 0) throw bad('members');
  if (entry === undefined || typeof checkpoint !== 'string' || typeof size !== 'number') throw bad('members');
  if (!Array.isArray(proof) || proof.length > 64 || !proof.every((hash) => typeof hash === 'string'))
    throw bad('proof');
  const disclosure = parseDisclosure(entry);
  const head = parseNote(checkpoint);
  if (head.origin !== disclosure.log || head.size !== size || disclosure.index >= size) throw bad('head');
  if (!proof.every((hash) => fromBase64(hash).length === 32)) throw bad('proof');
  return {
    logs: [{ origin: head.origin, head, note: checkpoint, earlier: [] }],
    entries: [{ entry: disclosure, proof, size }],
  };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members of all objects in a value that was parsed. */
function membersOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, held: Json) => sum + membersOf(held), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** Members of all objects in JSON text, counted by the colons outside strings. */
function colonsOf(source: string): number {
  return (source.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/:/g) ?? []).length;
}
