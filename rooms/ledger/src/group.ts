/**
 * One group of fields: its commitments, its root, its sealed blob. Everything secret in it comes from the seed that the
 * keeper hands out for this entry and slot, so a group whose key is gone leaves only its root, and no other field minds.
 */
import {
  type Bytes,
  canonicalBytes,
  concat,
  type Json,
  type JsonObject,
  parseJson,
  Refusal,
  type Sha256,
  text,
  u16,
  u32,
  utf8,
} from '@visor/record';
import { fieldNames, SLOT_COUNT } from './kinds.ts';
import type { PadClass } from './leaf.ts';
import type { LedgerTools } from './tools.ts';
import { HASH_LENGTH } from './tree.ts';

/** Bytes of a sealed blob, by pad class: all blobs of an entry have one size, used or not. */
export const BLOB_LENGTH: Readonly<Record<PadClass, number>> = { 3: 320, 4: 640, 5: 1280 };
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const plainLength = (padClass: PadClass): number => BLOB_LENGTH[padClass] - NONCE_LENGTH - TAG_LENGTH;

/** A group to be entered: only names that the kind has in this slot; what is left out is committed to as null. */
export interface GroupInput {
  readonly slot: number;
  readonly seed: Bytes; // 32 bytes, for this entry and slot only
  readonly values: JsonObject;
}

export interface Field {
  readonly name: string;
  readonly value: Json;
}

/**
 * The fields of a group in their places, `kind` first.
 * @throws Refusal `ledger.entry.kind`, or `ledger.entry.shape` for a slot or a name that the kind does not have
 */
export function fieldsOf(kind: string, slot: number, values: JsonObject): readonly Field[] {
  const names = fieldNames(kind, slot);
  if (names === undefined) throw new Refusal('ledger.entry.shape', { what: 'slot', kind, slot });
  for (const name of Object.keys(values)) {
    if (name === 'kind' || !names.includes(name))
      throw new Refusal('ledger.entry.shape', { what: 'field', kind, slot });
  }
  return names.map((name) => ({ name, value: name === 'kind' ? kind : (values[name] ?? null) }));
}

/** SHA-256(0x20 | salt 32 | u16 length | name | u32 length | RFC 8785 value); 32 bytes. */
export function commitment(sha256: Sha256, salt: Bytes, field: Field): Bytes {
  const name = utf8(field.name);
  const value = canonicalBytes(field.value);
  const input = new Uint8Array(1 + salt.length + 2 + name.length + 4 + value.length);
  input[0] = 0x20;
  input.set(salt, 1);
  const at = 1 + salt.length;
  input.set(u16(name.length), at);
  input.set(name, at + 2);
  input.set(u32(value.length), at + 2 + name.length);
  input.set(value, at + 6 + name.length);
  return sha256(input);
}

/** HMAC(seed, 0x00 | u16 place): the salt of the field in that place. */
export const saltOf = ({ hmac }: Pick<LedgerTools, 'hmac'>, seed: Bytes, at: number): Bytes =>
  hmac(seed, Uint8Array.of(0x00, at >> 8, at & 255));

/** HMAC(seed, 0x02 | u16 place): stands where a group has no field, and looks like any other commitment. */
const paddingOf = ({ hmac }: Pick<LedgerTools, 'hmac'>, seed: Bytes, at: number): Bytes =>
  hmac(seed, Uint8Array.of(0x02, at >> 8, at & 255));

const sealingKey = ({ hmac }: Pick<LedgerTools, 'hmac'>, seed: Bytes): Bytes => hmac(seed, Uint8Array.of(0x01));

/** The commitment in one place of a group: to its field, or the padding of a place without one. */
export function commitmentAt(
  tools: Pick<LedgerTools, 'sha256' | 'hmac'>,
  seed: Bytes,
  { at, field }: { at: number; field: Field | undefined },
): Bytes {
  return field === undefined ? paddingOf(tools, seed, at) : commitment(tools.sha256, saltOf(tools, seed, at), field);
}

/** The 2^padClass commitments of a group, in the order of their places. */
export const commitmentsOf = (
  tools: Pick<LedgerTools, 'sha256' | 'hmac'>,
  seed: Bytes,
  { fields, padClass }: { fields: readonly Field[]; padClass: PadClass },
): readonly Bytes[] =>
  Array.from({ length: 2 ** padClass }, (_, at) => commitmentAt(tools, seed, { at, field: fields[at] }));

/** The root over a power of two of hashes, whose nodes are behind the given prefix. */
function rootOfRow(sha256: Sha256, leaves: readonly Bytes[], prefix: number): Bytes {
  const input = new Uint8Array(1 + 2 * HASH_LENGTH); // one for all: an entry takes some eighty of these digests
  input[0] = prefix;
  let row = leaves;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, i) => {
      input.set(row[2 * i]!, 1);
      input.set(row[2 * i + 1]!, 1 + HASH_LENGTH);
      return sha256(input);
    });
  }
  return row[0]!;
}

/** The root of a group over its 8, 16 or 32 commitments: leaves behind 0x21, nodes behind 0x22. */
export function rootOfCommitments(sha256: Sha256, commitments: readonly Bytes[]): Bytes {
  const input = new Uint8Array(1 + HASH_LENGTH);
  input[0] = 0x21;
  const leaves = commitments.map((made) => {
    input.set(made, 1);
    return sha256(input);
  });
  return rootOfRow(sha256, leaves, 0x22);
}

/**
 * The field root over the eight group roots: leaves behind 0x23 with the slot number hashed in, nodes behind 0x24.
 * @param roots eight of 32 bytes, slot 0 first
 * @throws Refusal `ledger.entry.shape`
 */
export function fieldRootOf(sha256: Sha256, roots: readonly Bytes[]): Bytes {
  if (roots.length !== SLOT_COUNT || roots.some((root) => root.length !== HASH_LENGTH)) {
    throw new Refusal('ledger.entry.shape', { what: 'group roots' });
  }
  const input = new Uint8Array(2 + HASH_LENGTH);
  input[0] = 0x23;
  const leaves = roots.map((root, slot) => {
    input[1] = slot;
    input.set(root, 2);
    return sha256(input);
  });
  return rootOfRow(sha256, leaves, 0x24);
}

/**
 * The root of a group, from what stands in it: what `prepareEntry` commits to and what the keeper makes again.
 * @throws Refusal as `fieldsOf`, and `ledger.entry.size` when the class is too small for the kind
 */
export function groupRootOf(
  tools: Pick<LedgerTools, 'sha256' | 'hmac'>,
  group: GroupInput & { readonly kind: string; readonly padClass: PadClass },
): Bytes {
  const fields = fieldsOf(group.kind, group.slot, group.values);
  if (fields.length > 2 ** group.padClass) throw new Refusal('ledger.entry.size', { fields: fields.length });
  return rootOfCommitments(tools.sha256, commitmentsOf(tools, group.seed, { fields, padClass: group.padClass }));
}

/** RFC 8785 array of the values in their places, before padding. */
export const plainOf = (fields: readonly Field[]): Bytes => canonicalBytes(fields.map(({ value }) => value));

/** The smallest class that takes a group of so many fields and plain bytes, or undefined when none does. */
export function classFor(fields: number, plain: number): PadClass | undefined {
  const classes: readonly PadClass[] = [3, 4, 5];
  return classes.find((padClass) => fields <= 2 ** padClass && plain + 2 <= plainLength(padClass));
}

export interface SealedGroup {
  readonly id: Bytes; // 16 bytes, the entry's
  readonly slot: number;
  readonly seed: Bytes;
}

const aadOf = ({ id, slot }: SealedGroup): Bytes => concat([id, Uint8Array.of(slot)]);

/** nonce 12 | AES-256-GCM of u16 length | array | zeros, under HMAC(seed, 0x01); BLOB_LENGTH[padClass] bytes. */
export function sealGroup(
  tools: LedgerTools,
  group: SealedGroup,
  { plain, padClass, nonce }: { plain: Bytes; padClass: PadClass; nonce: Bytes },
): Bytes {
  const padded = new Uint8Array(plainLength(padClass));
  padded.set(u16(plain.length));
  padded.set(plain, 2);
  return concat([nonce, tools.seal(sealingKey(tools, group.seed), nonce, padded, aadOf(group))]);
}

/**
 * Opens a group's blob. Undefined when the seed is not the one it was sealed under (or the slot was unused): without the
 * seed the two cannot be told apart.
 * @throws Refusal `ledger.entry.shape` or `ledger.entry.kind` when what opens is not a group of this format
 */
export function openGroup(
  tools: Pick<LedgerTools, 'hmac' | 'open'>,
  { blob, ...group }: SealedGroup & { readonly blob: Bytes },
): { kind: string; values: JsonObject } | undefined {
  if (!Object.values(BLOB_LENGTH).includes(blob.length))
    throw new Refusal('ledger.entry.shape', { what: 'blob length' });
  const key = sealingKey(tools, group.seed);
  const padded = tools.open(key, blob.slice(0, NONCE_LENGTH), blob.slice(NONCE_LENGTH), aadOf(group));
  return padded === undefined ? undefined : parsePlain(padded, group.slot);
}

function parsePlain(padded: Bytes, slot: number): { kind: string; values: JsonObject } {
  const bad = (): Refusal => new Refusal('ledger.entry.shape', { what: 'group', slot });
  const length = padded[0]! * 256 + padded[1]!;
  if (length > padded.length - 2 || padded.subarray(2 + length).some((byte) => byte !== 0)) throw bad();
  const array = parseJson(text(padded.slice(2, 2 + length)));
  if (!Array.isArray(array)) throw bad();
  const [kind, ...rest]: readonly Json[] = array;
  if (typeof kind !== 'string') throw bad();
  const names = fieldNames(kind, slot)?.slice(1);
  // a list may be shorter than today's: fields are only ever added at its end
  if (names === undefined || rest.length > names.length) throw bad();
  return { kind, values: Object.fromEntries(rest.map((value, i) => [names[i]!, value])) };
}
