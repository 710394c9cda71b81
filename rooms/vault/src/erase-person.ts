import { hex } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done, Erased } from './acts.ts';
import { commitAct, doneWith, enterAct } from './commit-act.ts';
import type { Context } from './context.ts';
import { type Burn, burnNow, burnOwed, facesGone } from './end-keys.ts';
import { horizonFields, horizonOf } from './horizon.ts';
import type { PersonRow } from './key-rows.ts';
import { unchangedPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

/** Deletes the person key with all that hangs on it; order and crash as in `withdrawConsent`. */
export function erasePerson(context: Context, call: Call, input: { readonly person: string }): Promise<Done<Erased>> {
  return onceMore(context, call, { person: input.person, work: () => erase(context, call, input.person) });
}

async function erase(context: Context, call: Call, id: string): Promise<Done<Erased>> {
  const { site, at } = call;
  const person = await context.keys.freshPerson(site, id);
  const { faces, consents } = await countsOf(context, site, id);
  const { passed: _, ...horizon } = await horizonOf(context.keeper, site, person.generation);
  const personKey = hex(person.key_id);
  const ready = await readyEntry(context, call, {
    kind: 'person.erased',
    organisation: { person_key: personKey, horizon: horizonFields(horizon), faces, consents },
    subject: { person, values: { person: id } },
  });
  const result: Erased = { erasure: context.fresh('ers'), person: id, faces, consents, personKey, horizon };
  const burn: Burn = { site, person: id, below: person.serial + 1, erased: true };
  const parts = [
    personErased(site, { person: id, at }),
    ...endedParts(site, { person: id, at }),
    facesGone(site, { person: id, consent: null, at }),
    erasureMade(site, { result, person, at }),
    burnOwed(burn),
  ];
  await commitAct(context, call, {
    ready,
    statement: { living: unchangedPerson(site, person), parts, made: 'person_erased' },
  });
  context.keys.forgetPerson(site, id);
  const [entered] = await Promise.all([enterAct(context, call, ready), burnNow(context, [burn])]);
  return doneWith(context, { ready, entered, result });
}

/** What was hung on the person is counted in `changes`, so these counts are those of the moment of the erasure. */
async function countsOf({ db }: Context, site: string, person: string): Promise<{ faces: number; consents: number }> {
  const [row] = await db.query<{ faces: number; consents: number }>({
    name: 'vault_counts_of_person',
    text: `SELECT (SELECT count(*) FROM face WHERE site = $1 AND person = $2 AND state = 'sealed')::int AS faces,
      (SELECT count(*) FROM consent WHERE site = $1 AND person = $2 AND state = 'given')::int AS consents`,
    values: [site, person],
  });
  return row ?? { faces: 0, consents: 0 };
}

const personErased = (site: string, of: { person: string; at: number }): SqlPart => ({
  name: 'person_erased',
  text: `UPDATE person SET state = 'erased', serial = serial + 1, changes = changes + 1, generation = NULL, wrap = NULL,
      group_wrap = NULL, filing_wrap = NULL, tag = NULL, mark = NULL, ended_at = $3::bigint FROM guard
    WHERE site = $1 AND person = $2 RETURNING 1`,
  values: [site, of.person, of.at],
});

const endedParts = (site: string, of: { person: string; at: number }): readonly SqlPart[] => [
  {
    name: 'secrets_gone',
    text: 'DELETE FROM consent_secret USING guard WHERE site = $1 AND person = $2 RETURNING 1',
    values: [site, of.person],
  },
  {
    name: 'consents_ended',
    text: `UPDATE consent SET state = 'erased', ended_at = $3::bigint FROM guard
      WHERE site = $1 AND person = $2 AND state = 'given' RETURNING 1`,
    values: [site, of.person, of.at],
  },
];

const erasureMade = (site: string, of: { result: Erased; person: PersonRow; at: number }): SqlPart => ({
  name: 'erasure_made',
  text: `INSERT INTO erasure (site, erasure, person, key_id, generation, faces, consents, made_at)
    SELECT $1::text, $2::text, $3::text, $4::bytea, $5::integer, $6::integer, $7::integer, $8::bigint FROM guard RETURNING 1`,
  values: [
    ...[site, of.result.erasure, of.person.person, of.person.key_id, of.person.generation],
    ...[of.result.faces, of.result.consents, of.at],
  ],
});
