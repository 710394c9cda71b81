/** Opens entries again that were entered before: with the seeds of the groups whose keys are left, each of them counted. */
import { openGroup, parseLeaf, SLOTS } from '@visor/ledger';
import { type Bytes, hex, type Instant, type JsonObject, Refusal } from '@visor/record';
import type { Call } from './acts.ts';
import type { Context } from './context.ts';
import { PERSON_COLUMNS, type PersonRow, subjectKeyOf } from './key-rows.ts';
import type { GroupKey, StoredEntry } from './ports.ts';

export interface OpenedGroup {
  readonly slot: number;
  readonly seed: Bytes;
  readonly kind: string;
  readonly values: JsonObject;
}

export interface OpenedEntry {
  readonly index: number;
  readonly time: Instant;
  readonly stored: StoredEntry;
  readonly kind: string | undefined;
  readonly groups: readonly OpenedGroup[];
  readonly person: PersonRow | undefined; // whose subject group opened
}

interface Wanted {
  readonly index: number;
  readonly entry: Bytes;
  readonly slot: number;
  readonly key: GroupKey;
}

/** @throws Refusal `ledger.index`, `vault.budget`, `ledger.damaged` when an entry's organisation group does not open */
export async function openEntries(
  context: Context,
  call: Call,
  indices: readonly number[],
): Promise<readonly OpenedEntry[]> {
  const stored = await Promise.all(
    indices.map(async (index) => ({ index, stored: await context.entries.read(call.origin, index) })),
  );
  const people = await peopleByTag(
    context,
    call.site,
    stored.map((one) => one.stored.tags[0]!),
  );
  const organisation = await context.keys.owned(call.site, 'organisation', '');
  const wanted = stored.flatMap(({ index, stored: { id, tags } }): Wanted[] => {
    const person = people.get(hex(tags[0]!));
    const first = { index, entry: id, slot: SLOTS.organisation, key: organisation };
    return person === undefined
      ? [first]
      : [first, { index, entry: id, slot: SLOTS.subject, key: subjectKeyOf(person) }];
  });
  const opened = await openWanted(context, call, { stored, wanted });
  for (const { index } of stored) {
    // Its key lives as long as the site: what does not open was changed on the disk.
    if (!opened.get(index)?.some(({ slot }) => slot === SLOTS.organisation))
      throw new Refusal('ledger.damaged', { index });
  }
  const actors = await actorsOf(context, call.site, { stored, opened });
  const more = await openWanted(context, call, { stored, wanted: actors });
  return stored.map((one) => entryOf(one, [...(opened.get(one.index) ?? []), ...(more.get(one.index) ?? [])], people));
}

type At = { readonly index: number; readonly stored: StoredEntry };

function entryOf(
  { index, stored }: At,
  groups: readonly OpenedGroup[],
  people: ReadonlyMap<string, PersonRow>,
): OpenedEntry {
  const subject = groups.some(({ slot }) => slot === SLOTS.subject);
  return {
    ...{ index, stored, groups, time: parseLeaf(stored.leaf).time, kind: groups[0]?.kind },
    person: subject ? people.get(hex(stored.tags[0]!)) : undefined,
  };
}

async function peopleByTag(
  { db }: Context,
  site: string,
  tags: readonly Bytes[],
): Promise<ReadonlyMap<string, PersonRow>> {
  const rows = await db.query<PersonRow>({
    name: 'vault_people_by_tag',
    text: `SELECT ${PERSON_COLUMNS} FROM person WHERE site = $1 AND tag = ANY($2::bytea[]) AND state = 'living'`,
    values: [site, tags],
  });
  return new Map(rows.map((row) => [hex(row.tag), row]));
}

/** The groups that open, by entry; the others are of people who are gone, or never were used. */
async function openWanted(
  { keeper, tools }: Context,
  call: Call,
  { stored, wanted }: { stored: readonly At[]; wanted: readonly Wanted[] },
): Promise<ReadonlyMap<number, readonly OpenedGroup[]>> {
  if (wanted.length === 0) return new Map();
  const seeds = await keeper.readSeeds({
    ...{ site: call.site, actor: call.by.id },
    groups: wanted.map(({ entry, slot, key }) => ({ entry, slot, key })),
  });
  const entries = new Map(stored.map((one) => [one.index, one.stored]));
  const opened = new Map<number, OpenedGroup[]>();
  for (const [at, { index, slot }] of wanted.entries()) {
    const { id, blobs } = entries.get(index)!;
    const group = openGroup(tools, { id, slot, seed: seeds[at]!, blob: blobs[slot]! });
    if (group === undefined) continue;
    opened.set(index, [...(opened.get(index) ?? []), { slot, seed: seeds[at]!, ...group }]);
  }
  return opened;
}

/** Who did it stands in the organisation's group; their own key opens their name. */
async function actorsOf(
  { keys }: Context,
  site: string,
  of: { stored: readonly At[]; opened: ReadonlyMap<number, readonly OpenedGroup[]> },
): Promise<readonly Wanted[]> {
  const names = of.stored.map(({ index }) => {
    const by = of.opened.get(index)?.find(({ slot }) => slot === SLOTS.organisation)?.values['by'];
    return typeof by === 'string' ? by : undefined;
  });
  const found = new Map<string, GroupKey>();
  for (const name of new Set(names)) {
    const key = name === undefined ? undefined : await keys.ownedIfAny(site, 'actor', name);
    if (name !== undefined && key !== undefined) found.set(name, key);
  }
  return of.stored.flatMap(({ index, stored }, at) => {
    const key = found.get(names[at] ?? '');
    return key === undefined ? [] : [{ index, entry: stored.id, slot: SLOTS.actor, key }];
  });
}

/** @throws Refusal `request.not-found` for an id that the site does not have, `ledger.busy` for one that is on its way */
export async function openEntry(context: Context, call: Call, entryId: Bytes): Promise<OpenedEntry> {
  const found = await context.entries.find(call.site, entryId);
  if (found === undefined) throw new Refusal('request.not-found', { what: 'entry' });
  if (found.index === undefined) throw new Refusal('ledger.busy', { what: 'not entered yet' });
  const [opened] = await openEntries(context, call, [found.index]);
  return opened!; // one index, one entry
}
