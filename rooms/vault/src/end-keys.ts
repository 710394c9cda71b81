/** What withdrawal and erasure share: rows that end, and the word to the keeper that must not be lost. */
import type { Sql, SqlPart } from '@visor/storage';
import type { Context } from './context.ts';
import type { PersonRow } from './key-rows.ts';

export interface Burn {
  readonly site: string;
  readonly person: string;
  readonly below: number;
  readonly erased: boolean;
}

/** Committed with the act: whoever comes back after a crash finds what the keeper may not know. */
export const burnOwed = (burn: Burn): SqlPart => ({
  name: 'burn_owed',
  text: `INSERT INTO pending_burn (site, person, below, erased)
    SELECT $1::text, $2::text, $3::integer, $4::boolean FROM guard ON CONFLICT DO NOTHING RETURNING 1`,
  values: [burn.site, burn.person, burn.below, burn.erased],
});

export async function burnNow(context: Context, burns: readonly Burn[]): Promise<void> {
  if (burns.length === 0) return;
  await context.keeper.burn(burns);
  await forgetBurns(context.db, burns);
}

async function forgetBurns(sql: Sql, burns: readonly Burn[]): Promise<void> {
  await sql.query({
    name: 'vault_burnt',
    text: `DELETE FROM pending_burn b USING unnest($1::text[], $2::text[], $3::integer[], $4::boolean[])
      AS d (site, person, below, erased)
      WHERE b.site = d.site AND b.person = d.person AND b.below = d.below AND b.erased = d.erased`,
    values: [
      burns.map(({ site }) => site),
      burns.map(({ person }) => person),
      burns.map(({ below }) => below),
      burns.map(({ erased }) => erased),
    ],
  });
}

const BATCH = 1000;

/** Says again what was committed and perhaps not said. It may have been: the keeper takes it twice. */
export async function replayBurns(context: Context): Promise<number> {
  let count = 0;
  for (;;) {
    const burns = await context.db.query<Burn>({
      name: 'vault_burns_owed',
      text: `SELECT b.site, b.person, b.below, b.erased FROM site_keys k JOIN pending_burn b ON b.site = k.site
        ORDER BY b.site, b.person LIMIT ${BATCH}`,
    });
    await burnNow(context, burns);
    count += burns.length;
    if (burns.length < BATCH) return count;
  }
}

/** A face that is over keeps its id and its times, and nothing of the face. @param of  one consent, or all of the person */
export const facesGone = (site: string, of: { person: string; consent: string | null; at: number }): SqlPart => ({
  name: 'faces_gone',
  text: `UPDATE face SET state = 'gone', rotation = NULL, sealed = NULL, picture = NULL, picture_key = NULL,
      ended_at = $4::bigint FROM guard
    WHERE site = $1 AND person = $2 AND (consent = $3::text OR $3::text IS NULL) AND state = 'sealed' RETURNING 1`,
  values: [site, of.person, of.consent, of.at],
});

export interface SecretRow {
  readonly consent: string;
  readonly wrap: Uint8Array;
}

export function secretRows(
  sql: Sql,
  site: string,
  { person }: Pick<PersonRow, 'person'>,
): Promise<readonly SecretRow[]> {
  return sql.query<SecretRow>({
    name: 'vault_secrets',
    text: 'SELECT consent, wrap FROM consent_secret WHERE site = $1 AND person = $2 ORDER BY consent',
    values: [site, person],
  });
}
