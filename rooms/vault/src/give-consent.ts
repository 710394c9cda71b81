import { instant, Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Consent, ConsentLevel, Done, Purpose } from './acts.ts';
import { carryOut } from './commit-act.ts';
import { purposeRow, refuseEnrolLevel } from './consent-rows.ts';
import type { Context } from './context.ts';
import { type PersonRow, personKeyOf } from './key-rows.ts';
import { livingPerson, personChanged } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

const DAY_MS = 86_400_000;
const LONGEST_NOTICE = 64;

export interface ConsentInput {
  readonly person: string;
  readonly purpose: string;
  readonly notice: string;
  readonly level: ConsentLevel;
}

export async function giveConsent(context: Context, call: Call, input: ConsentInput): Promise<Done<Consent>> {
  const { notice, level } = input;
  if (!/^[!-~]+$/.test(notice) || notice.length > LONGEST_NOTICE) throw new Refusal('request.body', { at: 'notice' });
  const purpose = await purposeRow(context, call.site, input.purpose);
  refuseEnrolLevel(purpose, level);
  return onceMore(context, call, { person: input.person, work: () => give(context, call, { ...input, of: purpose }) });
}

async function give(context: Context, call: Call, input: ConsentInput & { of: Purpose }): Promise<Done<Consent>> {
  const { keeper, keys } = context;
  const { site, at } = call;
  const { person: id, purpose, notice, level } = input;
  const person = await keys.person(site, id);
  const consent = context.fresh('con');
  const [secret, ready] = await Promise.all([
    keeper.makeConsent({ site, key: personKeyOf(person), consent }),
    readyEntry(context, call, {
      kind: 'consent.given',
      subject: { person, values: { person: id, consent, purpose, notice, level } },
    }),
  ]);
  const endsAt = instant(at + input.of.days * DAY_MS);
  const result: Consent = {
    consent,
    person: id,
    purpose,
    notice,
    level,
    state: 'given',
    givenAt: at,
    endsAt,
    endedAt: null,
  };
  const statement = {
    living: livingPerson(site, person),
    parts: [
      consentMade(site, result),
      secretMade(site, { consent, person, secret }),
      personChanged(site, id, 'consent_made'),
    ],
    made: 'consent_made',
  };
  return carryOut(context, call, { ready, result, statement });
}

const consentMade = (site: string, of: Consent): SqlPart => ({
  name: 'consent_made',
  text: `INSERT INTO consent (site, consent, person, purpose, notice, level, state, given_at, ends_at)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, 'given', $7::bigint, $8::bigint FROM guard
    ON CONFLICT DO NOTHING RETURNING 1`,
  values: [site, of.consent, of.person, of.purpose, of.notice, of.level, of.givenAt, of.endsAt],
});

const secretMade = (site: string, of: { consent: string; person: PersonRow; secret: Uint8Array }): SqlPart => ({
  name: 'secret_made',
  text: `INSERT INTO consent_secret (site, person, consent, serial, wrap)
    SELECT $1::text, $2::text, $3::text, $4::integer, $5::bytea FROM consent_made RETURNING 1`,
  values: [site, of.person.person, of.consent, of.person.serial, of.secret],
});
