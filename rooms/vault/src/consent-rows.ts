import { type Instant, Refusal } from '@visor/record';
import type { Sql } from '@visor/storage';
import type { Consent, ConsentLevel, Purpose } from './acts.ts';
import type { Context } from './context.ts';

export const CONSENT_COLUMNS = `consent, person, purpose, notice, level, state, given_at AS "givenAt",
  ends_at AS "endsAt", ended_at AS "endedAt"`;
export const PURPOSE_COLUMNS = `purpose, name, picture_kept AS "pictureKept", days, asserted, far, made_at AS "createdAt"`;

/** @throws Refusal `request.not-found` */
export async function consentRow(sql: Sql, site: string, consent: string): Promise<Consent> {
  const [row] = await sql.query<Consent>({
    name: 'vault_consent',
    text: `SELECT ${CONSENT_COLUMNS} FROM consent WHERE site = $1 AND consent = $2`,
    values: [site, consent],
  });
  if (row === undefined) throw new Refusal('request.not-found', { what: 'consent' });
  return row;
}

/** A purpose never changes, so it is read once. @throws Refusal `request.not-found` */
export async function purposeRow({ db, purposes }: Context, site: string, purpose: string): Promise<Purpose> {
  const known = purposes.get(`${site}/${purpose}`);
  if (known !== undefined) return known;
  const [row] = await db.query<Purpose>({
    name: 'vault_purpose',
    text: `SELECT ${PURPOSE_COLUMNS} FROM purpose WHERE site = $1 AND purpose = $2`,
    values: [site, purpose],
  });
  if (row === undefined) throw new Refusal('request.not-found', { what: 'purpose' });
  return purposes.set(`${site}/${purpose}`, row);
}

/** What an act on a face needs of the consent that it stands on. */
export interface LivingConsent {
  readonly consent: string;
  readonly level: ConsentLevel;
  readonly ends_at: Instant;
  readonly wrap: Uint8Array;
}

/** The living consent of a person for a purpose, with its secret. @throws Refusal `vault.consent.missing` */
export async function livingConsent(
  { db, now }: Context,
  site: string,
  of: { person: string; purpose: string },
): Promise<LivingConsent> {
  const [row] = await db.query<LivingConsent>({
    name: 'vault_living_consent',
    text: `SELECT c.consent, c.level, c.ends_at, s.wrap FROM consent c
      JOIN consent_secret s ON s.site = c.site AND s.person = c.person AND s.consent = c.consent
      WHERE c.site = $1 AND c.person = $2 AND c.purpose = $3 AND c.state = 'given'`,
    values: [site, of.person, of.purpose],
  });
  if (row === undefined || row.ends_at <= now()) throw new Refusal('vault.consent.missing', { purpose: of.purpose });
  return row;
}

/** The purpose by this name never goes by a face that only the operator vouches for, whatever it was made with. */
const NEVER_ASSERTED = 'account.unblock';

/** Whether a face under such a consent may be enrolled. @throws Refusal `vault.consent.level` */
export function refuseEnrolLevel(purpose: Purpose, level: ConsentLevel): void {
  if (level === 'asserted' && !purpose.asserted) throw new Refusal('vault.consent.level', { level });
}

/** Whether a verification may stand on it. @throws Refusal `vault.consent.level` */
export function refuseVerifyLevel(purpose: Purpose, level: ConsentLevel): void {
  refuseEnrolLevel(purpose, level);
  if (level === 'asserted' && purpose.name === NEVER_ASSERTED) throw new Refusal('vault.consent.level', { level });
}
