/** An entry from the act to the outbox: prepared before the transaction, entered after it. */
import { type Bytes, type JsonObject, Refusal } from '@visor/record';
import {
  classFor,
  commitmentsOf,
  type Field,
  fieldRootOf,
  fieldsOf,
  type GroupInput,
  plainOf,
  rootOfCommitments,
  sealGroup,
} from './group.ts';
import { type Kind, SLOT_COUNT } from './kinds.ts';
import type { PadClass } from './leaf.ts';
import type { LedgerTools } from './tools.ts';
import { HASH_LENGTH } from './tree.ts';

export const ENTRY_ID_LENGTH = 16;

export interface Draft {
  readonly kind: Kind;
  readonly id: Bytes; // 16 random bytes, the entry's own, never the act's
  readonly groups: readonly { readonly slot: number; readonly seed: Bytes; readonly values: JsonObject }[];
  readonly tags: { readonly subject?: Bytes; readonly third?: Bytes }; // 32 bytes each; one that is left out is random
}

/** All of an entry but its place and time. Of its content only `kind` is clear, and that is never written. */
export interface PreparedEntry {
  readonly id: Bytes; // 16
  readonly kind?: Kind; // only in the process that prepared it
  readonly padClass: PadClass;
  readonly roots: readonly Bytes[]; // eight of 32 bytes; decoys where a slot is unused
  readonly blobs: readonly (Bytes | undefined)[]; // eight, BLOB_LENGTH[padClass] bytes; undefined where a slot is unused
  readonly tags: readonly [Bytes, Bytes]; // 32 bytes each: subject, third person
  readonly fieldRoot: Bytes; // 32
}

/**
 * Commits to and seals the groups of one act.
 * @throws Refusal `ledger.entry.kind`; `ledger.entry.shape` for a slot or field that the kind does not have, a slot
 *         named twice, or no group at all; `ledger.entry.size` when a group fits not even the largest class
 * @cost   about 2 digests or HMACs a field slot, and one encryption a group
 */
export function prepareEntry(tools: LedgerTools, draft: Draft): PreparedEntry {
  checkDraft(draft);
  const groups = draft.groups.map((group) => {
    const fields = fieldsOf(draft.kind, group.slot, group.values);
    return { ...group, fields, plain: plainOf(fields) };
  });
  const padClass = commonClass(groups);
  const chance = tools.random(SLOT_COUNT * (HASH_LENGTH + 12) + 2 * HASH_LENGTH);
  const decoy = (at: number): Bytes => chance.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
  const roots = Array.from({ length: SLOT_COUNT }, (_, slot) => decoy(slot));
  const blobs: (Bytes | undefined)[] = Array.from({ length: SLOT_COUNT }, () => undefined);
  const nonces = chance.subarray((SLOT_COUNT + 2) * HASH_LENGTH);
  for (const { slot, seed, fields, plain } of groups) {
    const nonce = nonces.slice(slot * 12, (slot + 1) * 12);
    roots[slot] = rootOfCommitments(tools.sha256, commitmentsOf(tools, seed, { fields, padClass }));
    blobs[slot] = sealGroup(tools, { id: draft.id, slot, seed }, { plain, padClass, nonce });
  }
  const tags = [draft.tags.subject ?? decoy(SLOT_COUNT), draft.tags.third ?? decoy(SLOT_COUNT + 1)] as const;
  return { id: draft.id, kind: draft.kind, padClass, roots, blobs, tags, fieldRoot: fieldRootOf(tools.sha256, roots) };
}

function checkDraft({ id, groups, tags }: Draft): void {
  if (id.length !== ENTRY_ID_LENGTH) throw new RangeError('an entry id has 16 bytes');
  if (groups.length === 0) throw new Refusal('ledger.entry.shape', { what: 'no group' });
  if (new Set(groups.map(({ slot }) => slot)).size !== groups.length) {
    throw new Refusal('ledger.entry.shape', { what: 'slot twice' });
  }
  for (const bytes of [...groups.map(({ seed }) => seed), tags.subject, tags.third]) {
    if (bytes !== undefined && bytes.length !== 32) throw new RangeError('seeds and tags have 32 bytes');
  }
}

/** The largest of the classes that the groups need; one class for all, so that no group's size shows. */
function commonClass(groups: readonly (GroupInput & { fields: readonly Field[]; plain: Bytes })[]): PadClass {
  let common: PadClass = 3;
  for (const { fields, plain, slot } of groups) {
    const padClass = classFor(fields.length, plain.length);
    if (padClass === undefined) {
      throw new Refusal('ledger.entry.size', { slot, fields: fields.length, bytes: plain.length });
    }
    if (padClass > common) common = padClass;
  }
  return common;
}
