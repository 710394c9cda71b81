/**
 * What a receipt and a bundle show of one entry. A group is shown by its root alone, or field by field: an open field
 * with its salt, a withheld one by its commitment, in its place, so that it shows which one it is.
 */
import {
  type Bytes,
  base64,
  equalBytes,
  fromBase64,
  type Json,
  type JsonObject,
  Refusal,
  type Sha256,
} from '@visor/record';
import {
  commitment,
  commitmentAt,
  fieldRootOf,
  fieldsOf,
  type GroupInput,
  rootOfCommitments,
  saltOf,
} from './group.ts';
import { fieldNames, isKind } from './kinds.ts';
import { type Leaf, type PadClass, parseLeaf } from './leaf.ts';
import type { LedgerTools } from './tools.ts';
import { leafHash } from './tree.ts';

export interface OpenField {
  readonly at: number;
  readonly name: string;
  readonly value: Json;
  readonly salt: string; // base64 of 32 bytes
}
export interface WithheldField {
  readonly at: number;
  readonly name?: string; // only beside an open `kind`, which says what stands in this place
  readonly commitment: string; // base64 of 32 bytes
}
export type GroupDisclosure =
  | { readonly slot: number; readonly root: string }
  | { readonly slot: number; readonly fields: readonly (OpenField | WithheldField)[] };

export interface EntryDisclosure {
  readonly log: string; // origin
  readonly index: number;
  readonly id: string; // the entry's 16 bytes; the leaf does not commit to it
  readonly leaf: string;
  readonly groups: readonly GroupDisclosure[]; // eight, slot 0 first
}

export interface CheckedDisclosure {
  readonly leaf: Leaf;
  readonly leafHash: Bytes;
  readonly opened: readonly { readonly slot: number; readonly name: string; readonly value: Json }[];
  readonly withheld: readonly { readonly slot: number; readonly name?: string }[];
}

/**
 * Shows a group: the fields named in `show` open, all others withheld. Places without a field look like withheld ones.
 * @throws Refusal as `groupRootOf`
 */
export function discloseGroup(
  tools: Pick<LedgerTools, 'sha256' | 'hmac'>,
  group: GroupInput & { readonly kind: string; readonly padClass: PadClass; readonly show: 'all' | readonly string[] },
): GroupDisclosure {
  const { slot, seed, padClass, show } = group;
  const fields = fieldsOf(group.kind, slot, group.values);
  if (fields.length > 2 ** padClass) throw new Refusal('ledger.entry.size', { fields: fields.length });
  const shown = (name: string): boolean => show === 'all' || show.includes(name);
  const kindShown = shown('kind');
  return {
    slot,
    fields: Array.from({ length: 2 ** padClass }, (_, at): OpenField | WithheldField => {
      const field = fields[at];
      if (field !== undefined && shown(field.name)) {
        return { at, name: field.name, value: field.value, salt: base64(saltOf(tools, seed, at)) };
      }
      const named = field !== undefined && kindShown ? { name: field.name } : {};
      return { at, ...named, commitment: base64(commitmentAt(tools, seed, { at, field })) };
    }),
  };
}

/**
 * Makes the leaf again from what is shown.
 * @throws Refusal `ledger.field.commitment` when what is shown does not lead to the leaf; `ledger.entry.shape` when a
 *         field stands in a place that is not its own, or two groups claim different kinds
 */
export function checkDisclosure(sha256: Sha256, disclosure: EntryDisclosure): CheckedDisclosure {
  const bytes = fromBase64(disclosure.leaf);
  const leaf = parseLeaf(bytes);
  const roots = disclosure.groups.map((group, slot) => {
    if (group.slot !== slot) throw new Refusal('ledger.entry.shape', { what: 'slot order', slot });
    return 'root' in group ? fromBase64(group.root) : rootOfShown(sha256, group.fields, { slot, leaf });
  });
  if (!equalBytes(fieldRootOf(sha256, roots), leaf.fieldRoot)) {
    throw new Refusal('ledger.field.commitment', { index: disclosure.index });
  }
  const shown = disclosure.groups.flatMap((group) =>
    'root' in group ? [] : group.fields.map((field) => ({ slot: group.slot, field })),
  );
  const kinds = new Set(shown.flatMap(({ field }) => ('salt' in field && field.at === 0 ? [field.value] : [])));
  if (kinds.size > 1) throw new Refusal('ledger.entry.shape', { what: 'kinds differ', index: disclosure.index });
  return {
    leaf,
    leafHash: leafHash(sha256, bytes),
    opened: shown.flatMap(({ slot, field }) =>
      'salt' in field ? [{ slot, name: field.name, value: field.value }] : [],
    ),
    withheld: shown.flatMap(({ slot, field }) =>
      'salt' in field ? [] : [field.name === undefined ? { slot } : { slot, name: field.name }],
    ),
  };
}

function rootOfShown(
  sha256: Sha256,
  fields: readonly (OpenField | WithheldField)[],
  { slot, leaf }: { slot: number; leaf: Leaf },
): Bytes {
  const bad = (what: string): Refusal => new Refusal('ledger.entry.shape', { what, slot });
  if (fields.length !== 2 ** leaf.padClass) throw bad('field count');
  const first = fields[0]!;
  const kind = 'salt' in first ? first.value : undefined;
  if (kind !== undefined && (typeof kind !== 'string' || first.name !== 'kind')) throw bad('kind');
  const names = isKind(kind) ? (fieldNames(kind, slot) ?? []) : undefined;
  return rootOfCommitments(
    sha256,
    fields.map((field, at) => {
      if (field.at !== at) throw bad('field order');
      const open = 'salt' in field;
      if (!nameStands(field, { names, open })) throw bad('field name');
      const bytes = fromBase64(open ? field.salt : field.commitment);
      if (bytes.length !== 32) throw bad('field length');
      return open ? commitment(sha256, bytes, field) : bytes;
    }),
  );
}

/**
 * An open field's name is committed to; where the kind is known it must also be the one that has this place. A
 * withheld field's name is only the table's word, so it is taken only where the table says it.
 */
function nameStands(
  { at, name }: { at: number; name?: string },
  { names, open }: { names: readonly string[] | undefined; open: boolean },
): boolean {
  const expected = names?.[at];
  if (expected !== undefined) return name === expected;
  if (at === 0) return open ? name === 'kind' : name === undefined;
  return open || name === undefined;
}

/**
 * Reads a disclosure that a stranger sent: exactly the members named above, and no others.
 * @throws Refusal `ledger.entry.shape`
 */
export function parseDisclosure(value: Json): EntryDisclosure {
  const { log, index, id, leaf, groups } = members(value, ['log', 'index', 'id', 'leaf', 'groups']);
  if (typeof log !== 'string' || typeof id !== 'string' || typeof leaf !== 'string') throw malformed('entry');
  if (!isPlace(index) || !Array.isArray(groups) || groups.length !== 8) throw malformed('entry');
  return { log, index, id, leaf, groups: groups.map(parseGroup) };
}

function parseGroup(value: Json): GroupDisclosure {
  const byRoot = isObject(value) && 'root' in value;
  const { slot, root, fields } = members(value, ['slot', byRoot ? 'root' : 'fields']);
  if (!isPlace(slot)) throw malformed('group');
  if (typeof root === 'string') return { slot, root };
  if (!Array.isArray(fields) || fields.length > 32) throw malformed('group');
  return { slot, fields: fields.map(parseField) };
}

function parseField(value: Json): OpenField | WithheldField {
  const names = isObject(value) && 'salt' in value ? ['at', 'name', 'value', 'salt'] : ['at', 'commitment'];
  if (isObject(value) && 'name' in value && !names.includes('name')) names.push('name');
  const field = members(value, names);
  const { at, name, salt } = field;
  if (!isPlace(at) || (name !== undefined && typeof name !== 'string')) throw malformed('field');
  if (typeof salt === 'string' && name !== undefined) return { at, name, value: field['value']!, salt };
  if (typeof field['commitment'] !== 'string') throw malformed('field');
  return { at, ...(name === undefined ? {} : { name }), commitment: field['commitment'] };
}

const malformed = (what: string): Refusal => new Refusal('ledger.entry.shape', { what });
const isPlace = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function members(value: Json, names: readonly string[]): JsonObject {
  if (!isObject(value)) throw malformed('object');
  const found = Object.keys(value);
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) throw malformed('members');
  return value;
}
