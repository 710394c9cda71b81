/** What is shown of rows: ids, states and times. */
import { Refusal } from '@visor/record';
import type { Sql } from '@visor/storage';
import type { Consent, Face, Page, Person, Purpose, Verification } from './acts.ts';
import { CONSENT_COLUMNS, PURPOSE_COLUMNS } from './consent-rows.ts';

const MOST = 100;

const PERSON = 'person, state, made_at AS "createdAt", ended_at AS "erasedAt"';
const FACE = `face, person, purpose, consent, model, pictures, picture_kept AS "pictureKept", made_at AS "enrolledAt"`;
const VERIFICATION = 'verification, person, purpose, consent, decision, made_at AS at';

type OfPerson = Page & { readonly person?: string };

function limitOf({ limit }: Page): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST)
    throw new Refusal('request.body', { at: 'limit', limit: MOST });
  return limit;
}

/** @throws Refusal `request.not-found` */
function only<T>(rows: readonly T[], what: string): T {
  const [row] = rows;
  if (row === undefined) throw new Refusal('request.not-found', { what });
  return row;
}

export async function getPerson(sql: Sql, site: string, person: string): Promise<Person> {
  const rows = await sql.query<Person>({
    name: 'vault_get_person',
    text: `SELECT ${PERSON} FROM person WHERE site = $1 AND person = $2`,
    values: [site, person],
  });
  return only(rows, 'person');
}

export async function personByMark(sql: Sql, site: string, mark: Uint8Array): Promise<Person> {
  const rows = await sql.query<Person>({
    name: 'vault_person_by_mark',
    text: `SELECT ${PERSON} FROM person WHERE site = $1 AND mark = $2`,
    values: [site, mark],
  });
  return only(rows, 'person');
}

export const listPeople = (sql: Sql, site: string, page: Page): Promise<readonly Person[]> =>
  sql.query<Person>({
    name: 'vault_list_people',
    text: `SELECT ${PERSON} FROM person WHERE site = $1 AND person > $2 ORDER BY person LIMIT $3`,
    values: [site, page.after ?? '', limitOf(page)],
  });

export const listPurposes = (sql: Sql, site: string, page: Page): Promise<readonly Purpose[]> =>
  sql.query<Purpose>({
    name: 'vault_list_purposes',
    text: `SELECT ${PURPOSE_COLUMNS} FROM purpose WHERE site = $1 AND purpose > $2 ORDER BY purpose LIMIT $3`,
    values: [site, page.after ?? '', limitOf(page)],
  });

export const listConsents = (sql: Sql, site: string, page: OfPerson): Promise<readonly Consent[]> =>
  sql.query<Consent>({
    name: 'vault_list_consents',
    text: `SELECT ${CONSENT_COLUMNS} FROM consent
      WHERE site = $1 AND consent > $2 AND (person = $4::text OR $4::text IS NULL) ORDER BY consent LIMIT $3`,
    values: [site, page.after ?? '', limitOf(page), page.person ?? null],
  });

export async function getFace(sql: Sql, site: string, face: string): Promise<Face> {
  const rows = await sql.query<Face>({
    name: 'vault_get_face',
    text: `SELECT ${FACE} FROM face WHERE site = $1 AND face = $2`,
    values: [site, face],
  });
  return only(rows, 'face');
}

/** The faces that are sealed now. */
export const listFaces = (sql: Sql, site: string, page: OfPerson): Promise<readonly Face[]> =>
  sql.query<Face>({
    name: 'vault_list_faces',
    text: `SELECT ${FACE} FROM face WHERE site = $1 AND face > $2 AND (person = $4::text OR $4::text IS NULL)
      AND state = 'sealed' ORDER BY face LIMIT $3`,
    values: [site, page.after ?? '', limitOf(page), page.person ?? null],
  });

export async function getVerification(sql: Sql, site: string, verification: string): Promise<Verification> {
  const rows = await sql.query<Verification>({
    name: 'vault_get_verification',
    text: `SELECT ${VERIFICATION} FROM verification WHERE site = $1 AND verification = $2`,
    values: [site, verification],
  });
  return only(rows, 'verification');
}

export const listVerifications = (sql: Sql, site: string, page: OfPerson): Promise<readonly Verification[]> =>
  sql.query<Verification>({
    name: 'vault_list_verifications',
    text: `SELECT ${VERIFICATION} FROM verification
      WHERE site = $1 AND verification > $2 AND (person = $4::text OR $4::text IS NULL) ORDER BY verification LIMIT $3`,
    values: [site, page.after ?? '', limitOf(page), page.person ?? null],
  });
