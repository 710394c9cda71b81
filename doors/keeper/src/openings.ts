import { SLOTS } from '@visor/ledger';
import { type Bytes, type JsonObject, Refusal } from '@visor/record';
import type { ReleaseArgument, ShownArgument } from './arguments.ts';
import { type Core, remember } from './core.ts';
import { openingName } from './memory.ts';
import { numberOf, unwrapPicture } from './releases.ts';
import { checkShown, type Shown } from './shown.ts';

const OPEN_MS = 10 * 60_000;
const AHEAD_MS = 60_000; // how far the appender's clock may run before the keeper's
const STEP_MS = [1, 1000, 60_000] as const; // what the log time was rounded down by
const KEPT_MS = 30 * 60_000; // longer than any used opening could pass the check of its time

type OpeningArgument = ReleaseArgument & {
  readonly face: string;
  readonly picture: Bytes;
  readonly opening: ShownArgument;
};

/**
 * Releases the key of what is opened, against the entry that says who opens what and why; each such entry once.
 * @throws Refusal `keeper.opening.proof`, `keeper.opening.used`, `vault.budget`, and those of `unwrapPicture`
 */
export async function releaseForOpening(core: Core, of: OpeningArgument) {
  const shown = checkShown(core, of.site, of.opening);
  const organisation = shown.values.get(SLOTS.organisation);
  const subject = shown.values.get(SLOTS.subject);
  if (shown.kind !== 'open.intended' || organisation === undefined || subject === undefined) throw refused('kind');
  refuseOther(of, subject);
  refuseOld(core, shown);
  const actor = organisation['by'];
  if (typeof actor !== 'string') throw refused('actor');
  const name = openingName(shown.origin, shown.index);
  if (core.memory.used.has(name)) throw new Refusal('keeper.opening.used', { index: shown.index });
  const pictureKey = unwrapPicture(core, of);
  core.budgets.takeOpening(of.site, actor);
  remember(core, { is: 'used', opening: name, time: shown.time });
  await core.journal.synced();
  return { number: numberOf(core, of.site), pictureKey };
}

const refused = (what: string): Refusal => new Refusal('keeper.opening.proof', { what });

/** The entry must name the very thing that is opened, and its subject's group must be that person's. */
function refuseOther(of: OpeningArgument, subject: JsonObject): void {
  const group = of.opening.groups.find(({ slot }) => slot === SLOTS.subject);
  if (group?.key.of !== 'person' || group.key.key.person !== of.key.person) throw refused('person');
  if (subject['person'] !== of.key.person) throw refused('person');
  if (subject['purpose'] !== of.purpose || subject['consent'] !== of.consent) throw refused('purpose');
}

function refuseOld(core: Core, shown: Shown): void {
  const age = core.now() - shown.time;
  if (age > OPEN_MS + (STEP_MS[shown.granularity] ?? 1) || age < -AHEAD_MS) throw refused('time');
}

/** Forgets used openings that are too old to be shown again. */
export function forgetOldOpenings(core: Core): void {
  for (const [name, time] of core.memory.used) {
    if (core.now() - time > KEPT_MS) core.memory.used.delete(name);
  }
}
