import { SLOTS } from '@visor/ledger';
import { type JsonObject, Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done, Opened, Receipt } from './acts.ts';
import { commitAct, doneWith, enterAct } from './commit-act.ts';
import type { Context } from './context.ts';
import { faceById, faceRequest, placeOf } from './face-rows.ts';
import type { PersonRow } from './key-rows.ts';
import { livingPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { Entered, ReleaseNumber } from './ports.ts';
import { type ReadyEntry, readyEntry } from './prepare-entry.ts';
import { receiptOfEntered } from './receipts.ts';
import { releaseField, releasesEntered } from './releases.ts';
import { openPicture } from './seal-face.ts';
import { shownEntry, withoutGate } from './show-entry.ts';

const LONGEST_REASON = 200;

type OpenedFace = Done<Opened> & { readonly intended: Receipt };

/**
 * Shows the picture that was kept of a face. That it will be opened is entered first: the keeper gives the key against
 * that entry alone, once. Then that it was opened is entered, and then it is shown.
 */
export async function openFace(context: Context, call: Call, input: { readonly face: string }): Promise<OpenedFace> {
  const reason = call.reason ?? '';
  if (reason.trim() === '' || reason.length > LONGEST_REASON || !reason.isWellFormed()) {
    throw new Refusal('request.reason', { limit: LONGEST_REASON });
  }
  const face = await faceById(context, call.site, input.face);
  if (face.picture === null) throw new Refusal('request.state', { what: 'picture' });
  const intent = await onceMore(context, call, {
    person: face.person,
    work: () => intend(context, call, { face: input.face, reason }),
  });
  const again = withoutGate(call);
  return onceMore(context, again, {
    person: face.person,
    work: () => open(context, again, { face: input.face, intent }),
  });
}

interface Intent {
  readonly opening: string;
  readonly values: JsonObject; // the subject's fields, the same in both entries
  readonly ready: ReadyEntry;
  readonly entered: Entered;
}

async function intend(context: Context, call: Call, of: { face: string; reason: string }): Promise<Intent> {
  const { site, at } = call;
  const { person: id, purpose, consent } = await faceById(context, site, of.face);
  const person = await context.keys.person(site, id);
  const opening = context.fresh('opn');
  const values = { person: id, opening, purpose, consent, what: 'picture', reason: of.reason };
  const ready = await readyEntry(context, call, { kind: 'open.intended', subject: { person, values } });
  const made: SqlPart = {
    name: 'opening_made',
    text: `INSERT INTO opening (site, opening, person, face, purpose, consent, state, made_at)
      SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, 'intended', $7::bigint FROM guard RETURNING 1`,
    values: [site, opening, id, of.face, purpose, consent, at],
  };
  await commitAct(context, call, {
    ready,
    statement: { living: livingPerson(site, person), parts: [made], made: 'opening_made' },
  });
  return { opening, values, ready, entered: await enterAct(context, call, ready) };
}

async function open(context: Context, call: Call, of: { face: string; intent: Intent }): Promise<OpenedFace> {
  const { site } = call;
  const { intent } = of;
  const face = await faceById(context, site, of.face);
  const person = await context.keys.person(site, face.person);
  if (face.picture === null || face.picture_key === null) throw new Refusal('request.state', { what: 'picture' });
  const groups = intent.ready.groups.map((group) => (group.slot === SLOTS.subject ? withKeyOf(group, person) : group));
  const opening = await shownEntry({ ...intent.ready, groups }, intent.entered, [SLOTS.organisation, SLOTS.subject]);
  const request = { ...faceRequest(site, person, face), version: 1 };
  const released = await context.keeper.releaseForOpening({
    ...request,
    face: face.face,
    picture: face.picture_key,
    opening,
  });
  const place = placeOf(site, face);
  const picture = openPicture(context.tools, released.pictureKey, { place, face: face.face, sealed: face.picture });
  released.pictureKey.fill(0);
  const ready = await enterOpened(context, call, { intent, person, number: released.number });
  const result: Opened = {
    ...{ opening: intent.opening, face: face.face, person: face.person, purpose: face.purpose },
    ...{ picture, release: released.number },
  };
  const done = await doneWith(context, { ready, entered: await enterAct(context, call, ready), result });
  return { ...done, intended: await receiptOfEntered(context.tools, intent.ready, intent.entered) };
}

/** The person key may have been replaced between the two entries; the group key under it is the same. */
const withKeyOf = (group: ReadyEntry['groups'][number], person: PersonRow): ReadyEntry['groups'][number] => {
  if (group.key.of !== 'person') return group;
  const { serial, generation, wrap } = person;
  return {
    ...group,
    key: { of: 'person', key: { person: person.person, serial, generation, wrap }, group: person.group_wrap },
  };
};

async function enterOpened(
  context: Context,
  call: Call,
  of: { intent: Intent; person: PersonRow; number: ReleaseNumber },
): Promise<ReadyEntry> {
  const { intent, person, number } = of;
  const { site, at } = call;
  const ready = await readyEntry(context, call, {
    kind: 'open.done',
    organisation: { release: releaseField(number) },
    subject: { person, values: intent.values },
  });
  const done: SqlPart = {
    name: 'opening_done',
    text: `UPDATE opening SET state = 'done', done_at = $3::bigint FROM guard
      WHERE site = $1 AND opening = $2 AND state = 'intended' RETURNING 1`,
    values: [site, intent.opening, at],
  };
  const parts = [done, releasesEntered(site, { numbers: [number], at, made: 'opening_done' })];
  await commitAct(context, call, {
    ready,
    statement: { living: livingPerson(site, person), parts, made: 'opening_done' },
  });
  return ready;
}
