import { SLOTS } from '@visor/ledger';
import { type Bytes, concat, Refusal } from '@visor/record';
import type { GroupArgument, GroupKeyArgument } from './arguments.ts';
import { hmac } from './cipher.ts';
import type { Core } from './core.ts';
import { openGroupKey } from './wraps.ts';

const HOLDERS: Readonly<Record<number, GroupKeyArgument['of']>> = {
  [SLOTS.organisation]: 'organisation',
  [SLOTS.subject]: 'person',
  [SLOTS.actor]: 'actor',
  [SLOTS.third]: 'person',
  [SLOTS.case]: 'case',
};

/** HMAC(group key, slot 1 byte | entry id 16). @throws Refusal `request.body` when the key does not belong into the slot */
export function seedOf(core: Core, site: string, of: GroupArgument & { entry: Bytes }): Bytes {
  if (HOLDERS[of.slot] !== of.key.of) throw new Refusal('request.body', { at: 'slot' });
  return hmac(openGroupKey(core, site, of.key), concat([Uint8Array.of(of.slot), of.entry]));
}

/** The id is drawn here and never again, so these seeds open nothing that was entered before. */
export function writeSeeds(core: Core, of: { site: string; groups: readonly GroupArgument[] }) {
  const entry = core.random(16);
  return { entry, seeds: of.groups.map((group) => seedOf(core, of.site, { ...group, entry })) };
}

/** Reading what was entered costs like opening it. @throws Refusal `vault.budget` */
export async function readSeeds(
  core: Core,
  of: { site: string; actor: string; groups: readonly (GroupArgument & { entry: Bytes })[] },
): Promise<readonly Bytes[]> {
  const seeds = of.groups.map((group) => seedOf(core, of.site, group));
  core.budgets.takeReads({ site: of.site, actor: of.actor, groups: seeds.length });
  await core.journal.synced();
  return seeds;
}
