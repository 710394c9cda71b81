import { type EntryDisclosure, SLOTS } from '@visor/ledger';
import { type Bytes, base64, idOf, type JsonObject, Refusal } from '@visor/record';
import type { Call, EnteredRow, Receipt, Replayed } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import type { PersonRow } from './key-rows.ts';
import { livingPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { type OpenedEntry, openEntries, openEntry } from './open-entries.ts';
import { readyEntry } from './prepare-entry.ts';
import { discloseEntry, receiptEntry, type Shown } from './receipts.ts';
import { recordEntry } from './record-entry.ts';
import { withoutGate } from './show-entry.ts';

const MOST_ENTRIES = 20;
const MOST_DISCLOSED = 1000;
const AT_ONCE = 200; // entries in one question to the keeper

interface Range {
  readonly from: number;
  readonly limit: number;
}

/** @throws Refusal `request.body` */
async function indicesOf(
  { entries }: Context,
  call: Call,
  { from, limit, most }: Range & { most: number },
): Promise<{ size: number; indices: readonly number[] }> {
  if (!Number.isSafeInteger(from) || from < 0) throw new Refusal('request.body', { at: 'from' });
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > most)
    throw new Refusal('request.body', { at: 'limit', limit: most });
  const size = (await entries.head(call.origin))?.size ?? 0;
  const count = Math.max(0, Math.min(limit, size - from));
  return { size, indices: Array.from({ length: count }, (_, at) => from + at) };
}

const valuesOf = (entry: OpenedEntry, slot: number): JsonObject | null =>
  entry.groups.find((group) => group.slot === slot)?.values ?? null;

const rowOf = (entry: OpenedEntry): EnteredRow => ({
  ...{ index: entry.index, id: idOf('ent', entry.stored.id), time: entry.time, kind: entry.kind ?? null },
  organisation: valuesOf(entry, SLOTS.organisation),
  subject: valuesOf(entry, SLOTS.subject),
  actor: valuesOf(entry, SLOTS.actor),
});

/** Opens entries for somebody to read, and enters that it was done, once a person shown, before anything is shown. */
export async function readEntries(
  context: Context,
  call: Call,
  range: Range,
): Promise<{ entries: readonly EnteredRow[]; receipts: readonly Receipt[]; size: number }> {
  const { size, indices } = await indicesOf(context, call, { ...range, most: MOST_ENTRIES });
  const opened = await openEntries(context, call, indices);
  const people = new Map(
    opened.flatMap(({ person }) => (person === undefined ? [] : [[person.person, person] as const])),
  );
  const counted = [...people.values()].map((person) => ({
    person,
    count: opened.filter((entry) => entry.person?.person === person.person).length,
  }));
  const receipts = await enterReads(context, call, { counted, opened: opened.length });
  return { entries: opened.map(rowOf), receipts, size };
}

/** The first of the entries passes the gate for all of them. */
async function enterReads(
  context: Context,
  call: Call,
  of: { counted: readonly { person: PersonRow; count: number }[]; opened: number },
): Promise<readonly Receipt[]> {
  const [first, ...others] = of.counted;
  if (first === undefined) {
    if (of.opened === 0) return [];
    return [(await recordEntry(context, call, { kind: 'entries.read', fields: { count: of.opened } })).receipt];
  }
  const receipt = await enterRead(context, call, first);
  const plain = withoutGate(call);
  return [receipt, ...(await Promise.all(others.map((one) => enterRead(context, plain, one))))];
}

async function enterRead(context: Context, call: Call, of: { person: PersonRow; count: number }): Promise<Receipt> {
  const id = of.person.person;
  const done = await onceMore(context, call, {
    person: id,
    work: async () => {
      const person = await context.keys.person(call.site, id);
      const subject = { person, values: { person: id } };
      const ready = await readyEntry(context, call, {
        kind: 'entries.read',
        organisation: { count: of.count },
        subject,
      });
      const statement = { living: livingPerson(call.site, person), parts: [], made: 'guard' };
      return carryOut(context, call, { ready, result: undefined, statement });
    },
  });
  return done.receipt;
}

const shownOf = (entry: OpenedEntry): Shown => ({
  ...{ id: entry.stored.id, roots: entry.stored.roots, kind: entry.kind ?? '' },
  groups: entry.groups,
});

/** What the house can still open of entries, for a bundle: all fields but those withheld. The bundle's own entry says so. */
export async function discloseEntries(
  context: Context,
  call: Call,
  input: Range & { readonly withhold: readonly string[] },
): Promise<readonly EntryDisclosure[]> {
  const { indices } = await indicesOf(context, call, { ...input, most: MOST_DISCLOSED });
  const disclosed: EntryDisclosure[] = [];
  for (let at = 0; at < indices.length; at += AT_ONCE) {
    for (const entry of await openEntries(context, call, indices.slice(at, at + AT_ONCE))) {
      const place = { origin: call.origin, index: entry.index, leaf: entry.stored.leaf };
      const show = ({ values }: { values: JsonObject }): readonly string[] => [
        'kind',
        ...Object.keys(values).filter((name) => !input.withhold.includes(name)),
      ];
      disclosed.push(discloseEntry(context.tools, shownOf(entry), { ...place, show }));
    }
  }
  return disclosed;
}

/** @throws Refusal `ledger.busy` while no signed head covers it; `vault.sealed` when no group of it opens any more */
async function receiptAgain(context: Context, call: Call, entry: OpenedEntry): Promise<Receipt> {
  const head = await context.entries.head(call.origin);
  if (head === undefined || head.size <= entry.index) throw new Refusal('ledger.busy', { what: 'not signed yet' });
  if (entry.groups.length === 0) throw new Refusal('vault.sealed', { what: 'entry' });
  const at = { origin: call.origin, index: entry.index, leaf: entry.stored.leaf };
  return {
    visor: 'receipt/1',
    entry: receiptEntry(context.tools, shownOf(entry), at),
    proof: (await context.entries.prove(call.origin, entry.index, head.size)).map(base64),
    size: head.size,
    checkpoint: head.note,
  };
}

export async function receiptOf(context: Context, call: Call, entryId: Bytes): Promise<Receipt> {
  return receiptAgain(context, call, await openEntry(context, call, entryId));
}

export async function replay(context: Context, call: Call, entryId: Bytes): Promise<Replayed> {
  const entry = await openEntry(context, call, entryId);
  const receipt = await receiptAgain(context, call, entry);
  const organisation = valuesOf(entry, SLOTS.organisation);
  if (entry.kind === undefined || organisation === null) throw new Refusal('vault.sealed', { what: 'entry' });
  const { score_band: _, ...subject } = valuesOf(entry, SLOTS.subject) ?? {};
  const hasSubject = valuesOf(entry, SLOTS.subject) !== null;
  return { kind: entry.kind, organisation, receipt, ...(hasSubject ? { subject } : {}) };
}
