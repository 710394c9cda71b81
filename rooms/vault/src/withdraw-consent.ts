import { hex, Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Consent, Done, Horizon } from './acts.ts';
import { commitAct, doneWith, enterAct } from './commit-act.ts';
import { consentRow } from './consent-rows.ts';
import type { Context } from './context.ts';
import { type Burn, burnNow, burnOwed, facesGone, type SecretRow, secretRows } from './end-keys.ts';
import { horizonFields, horizonOf } from './horizon.ts';
import { type PersonRow, personKeyOf } from './key-rows.ts';
import { unchangedPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { type ReadyEntry, readyEntry } from './prepare-entry.ts';

export interface Withdrawn {
  readonly consent: Consent;
  readonly personKey: string;
  readonly horizon: Horizon;
}

/**
 * Deletes a consent's secret and wraps what stays under a new person key, in one statement; then the keeper burns the
 * old one; then, and only then, the answer. A crash anywhere leaves either the consent as it was or the withdrawal
 * committed, with the burn owed in a row of its own.
 */
export function withdrawConsent(
  context: Context,
  call: Call,
  input: { readonly consent: string },
): Promise<Done<Withdrawn>> {
  return onceMore(context, call, { work: () => withdraw(context, call, input.consent) });
}

interface Rekeyed {
  readonly from: PersonRow;
  readonly to: PersonRow;
  readonly kept: readonly SecretRow[]; // under the new person key
}

async function withdraw(context: Context, call: Call, id: string): Promise<Done<Withdrawn>> {
  const { site, at } = call;
  const consent = await consentRow(context.db, site, id);
  if (consent.state !== 'given') throw new Refusal('vault.consent.missing', { consent: id });
  const rekeyed = await rekey(context, site, consent);
  const { from, to } = rekeyed;
  const { passed: _, ...horizon } = await horizonOf(context.keeper, site, from.generation);
  const ready = await readyWithdrawal(context, call, { consent, from, horizon });
  const burn: Burn = { site, person: from.person, below: to.serial, erased: false };
  const parts = [
    personRekeyed(site, to),
    ...secretParts(site, { consent, kept: rekeyed.kept, serial: to.serial }),
    consentEnded(site, { consent: id, at }),
    facesGone(site, { person: from.person, consent: id, at }),
    burnOwed(burn),
  ];
  const statement = { living: unchangedPerson(site, from), parts, made: 'consent_ended' };
  await commitAct(context, call, { ready, statement });
  context.keys.keep(site, { ...to, changes: from.changes + 1 });
  const [entered] = await Promise.all([enterAct(context, call, ready), burnNow(context, [burn])]);
  const ended: Consent = { ...consent, state: 'withdrawn', endedAt: at };
  return doneWith(context, { ready, entered, result: { consent: ended, personKey: hex(from.key_id), horizon } });
}

async function rekey({ db, keeper, keys }: Context, site: string, consent: Consent): Promise<Rekeyed> {
  const from = await keys.freshPerson(site, consent.person);
  const others = (await secretRows(db, site, from)).filter((row) => row.consent !== consent.consent);
  const made = await keeper.rekeyPerson({
    ...{ site, key: personKeyOf(from), group: from.group_wrap, filing: from.filing_wrap },
    consents: others.map((row) => ({ consent: row.consent, secret: row.wrap })),
  });
  const to: PersonRow = {
    ...from,
    ...{ serial: made.serial, generation: made.generation, key_id: made.keyId },
    ...{ wrap: made.wrap, group_wrap: made.group, filing_wrap: made.filing },
  };
  return { from, to, kept: others.map((row, place) => ({ consent: row.consent, wrap: made.secrets[place]! })) };
}

function readyWithdrawal(
  context: Context,
  call: Call,
  { consent, from, horizon }: { consent: Consent; from: PersonRow; horizon: Horizon },
): Promise<ReadyEntry> {
  const { person, purpose, notice, level } = consent;
  return readyEntry(context, call, {
    kind: 'consent.withdrawn',
    organisation: { person_key: hex(from.key_id), horizon: horizonFields(horizon) },
    subject: { person: from, values: { person, consent: consent.consent, purpose, notice, level } },
  });
}

const personRekeyed = (site: string, to: PersonRow): SqlPart => ({
  name: 'person_rekeyed',
  text: `UPDATE person SET serial = $3::integer, generation = $4::integer, key_id = $5::bytea, wrap = $6::bytea,
      group_wrap = $7::bytea, filing_wrap = $8::bytea, changes = changes + 1 FROM guard
    WHERE site = $1 AND person = $2 RETURNING 1`,
  values: [site, to.person, to.serial, to.generation, to.key_id, to.wrap, to.group_wrap, to.filing_wrap],
});

function secretParts(
  site: string,
  of: { consent: Consent; kept: readonly SecretRow[]; serial: number },
): readonly SqlPart[] {
  const { consent, kept, serial } = of;
  return [
    {
      name: 'secret_gone',
      text: 'DELETE FROM consent_secret USING guard WHERE site = $1 AND person = $2 AND consent = $3 RETURNING 1',
      values: [site, consent.person, consent.consent],
    },
    {
      name: 'secrets_kept',
      text: `UPDATE consent_secret s SET wrap = k.wrap, serial = $3::integer
        FROM unnest($4::text[], $5::bytea[]) AS k (consent, wrap), guard
        WHERE s.site = $1 AND s.person = $2 AND s.consent = k.consent RETURNING 1`,
      values: [site, consent.person, serial, kept.map((row) => row.consent), kept.map((row) => row.wrap)],
    },
  ];
}

const consentEnded = (site: string, of: { consent: string; at: number }): SqlPart => ({
  name: 'consent_ended',
  text: `UPDATE consent SET state = 'withdrawn', ended_at = $3::bigint FROM guard
    WHERE site = $1 AND consent = $2 AND state = 'given' RETURNING 1`,
  values: [site, of.consent, of.at],
});
