import { type Kind, type PreparedEntry, prepareEntry, SLOTS } from '@visor/ledger';
import { type Bytes, type JsonObject, rfc3339 } from '@visor/record';
import type { Call } from './acts.ts';
import type { Context } from './context.ts';
import { type PersonRow, subjectKeyOf } from './key-rows.ts';
import type { GroupKey } from './ports.ts';

/** What an act wants to enter. The fields that all kinds have are filled in from the call. */
export interface EntryPlan {
  readonly kind: Kind;
  readonly organisation?: JsonObject;
  readonly subject?: { readonly person: PersonRow; readonly values: JsonObject };
  /** Where the keys are made by this very act and stand in no row yet. */
  readonly keys?: { readonly organisation: GroupKey; readonly actor: GroupKey };
}

export interface ReadyGroup {
  readonly slot: number;
  readonly key: GroupKey;
  readonly seed: Bytes;
  readonly values: JsonObject;
}

/** An entry ready for the outbox, with what its receipt is made of. */
export interface ReadyEntry {
  readonly kind: Kind;
  readonly prepared: PreparedEntry;
  readonly groups: readonly ReadyGroup[];
}

interface Planned {
  readonly slot: number;
  readonly key: GroupKey;
  readonly values: JsonObject;
}

/** The keeper draws the entry's id with its seeds. @throws the keeper's refusals, Refusal `ledger.entry.size` */
export async function readyEntry(context: Context, call: Call, plan: EntryPlan): Promise<ReadyEntry> {
  return sealEntry(context, call, { ...plan, planned: await plannedGroups(context, call, plan) });
}

async function sealEntry(
  { keeper, tools }: Context,
  call: Call,
  plan: EntryPlan & { planned: readonly Planned[] },
): Promise<ReadyEntry> {
  const { kind, planned, subject } = plan;
  const { entry, seeds } = await keeper.writeSeeds({
    site: call.site,
    groups: planned.map(({ slot, key }) => ({ slot, key })),
  });
  const groups = planned.map((group, at) => ({ ...group, seed: seeds[at]! }));
  const tags = subject === undefined ? {} : { subject: subject.person.tag };
  const prepared = prepareEntry(tools, { kind, id: entry, tags, groups: groups.map(withoutKey) });
  return { kind, prepared, groups };
}

const withoutKey = ({ slot, seed, values }: ReadyGroup) => ({ slot, seed, values });

async function plannedGroups({ keys, producer }: Context, call: Call, plan: EntryPlan): Promise<readonly Planned[]> {
  const { site, by } = call;
  const organisation = {
    ...{ act: call.act, at: rfc3339(call.at), by: by.id, role: by.role, producer, voids: null },
    ...plan.organisation,
  };
  const actor = { name: by.name, device: by.device };
  const [ofOrganisation, ofActor] = await Promise.all([
    plan.keys?.organisation ?? keys.owned(site, 'organisation', ''),
    plan.keys?.actor ?? keys.owned(site, 'actor', by.id),
  ]);
  const groups: Planned[] = [{ slot: SLOTS.organisation, key: ofOrganisation, values: organisation }];
  if (plan.subject !== undefined) {
    const { person, values } = plan.subject;
    groups.push({ slot: SLOTS.subject, key: subjectKeyOf(person), values });
  }
  return [...groups, { slot: SLOTS.actor, key: ofActor, values: actor }];
}
