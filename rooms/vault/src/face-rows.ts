import { type Bytes, Refusal } from '@visor/record';
import type { LivingConsent } from './consent-rows.ts';
import type { Context } from './context.ts';
import { type PersonRow, personKeyOf } from './key-rows.ts';
import type { ReleaseRequest } from './ports.ts';
import type { FacePlace } from './seal-face.ts';

/** A sealed face with the consent that it stands on. */
export interface FaceRow {
  readonly face: string;
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly model: string;
  readonly version: number;
  readonly rotation: Bytes;
  readonly sealed: Bytes;
  readonly secret: Bytes; // the consent secret's wrap
}

const COLUMNS = 'face, person, purpose, consent, model, version, rotation, sealed';

/** The enrolled face of a consent. @throws Refusal `request.state` when none was enrolled */
export async function faceOf({ db }: Context, site: string, consent: LivingConsent): Promise<FaceRow> {
  const [row] = await db.query<Omit<FaceRow, 'secret'>>({
    name: 'vault_face_of_consent',
    text: `SELECT ${COLUMNS} FROM face WHERE site = $1 AND consent = $2 AND state = 'sealed'`,
    values: [site, consent.consent],
  });
  if (row === undefined) throw new Refusal('request.state', { what: 'face' });
  return { ...row, secret: consent.wrap };
}

export const placeOf = (site: string, face: Omit<FacePlace, 'site'>): FacePlace => {
  const { person, purpose, consent, version, model } = face;
  return { site, person, purpose, consent, version, model };
};

export const faceRequest = (site: string, person: PersonRow, face: FaceRow): ReleaseRequest => ({
  ...{ site, key: personKeyOf(person), consent: face.consent, secret: face.secret },
  ...{ purpose: face.purpose, version: face.version },
});

interface FullRow extends FaceRow {
  readonly state: 'sealed' | 'gone';
  readonly consent_state: string;
  readonly picture: Bytes | null;
  readonly picture_key: Bytes | null;
}

/**
 * A face by its id, with its picture.
 * @throws Refusal `request.not-found`, `vault.consent.missing` when it is gone with its consent
 */
export async function faceById({ db, now }: Context, site: string, face: string): Promise<FullRow> {
  const [row] = await db.query<FullRow & { ends_at: number | null }>({
    name: 'vault_face_by_id',
    text: `SELECT f.face, f.person, f.purpose, f.consent, f.model, f.version, f.rotation, f.sealed, f.state, f.picture,
        f.picture_key, s.wrap AS secret, c.state AS consent_state, c.ends_at
      FROM face f JOIN consent c ON c.site = f.site AND c.consent = f.consent
      LEFT JOIN consent_secret s ON s.site = f.site AND s.person = f.person AND s.consent = f.consent
      WHERE f.site = $1 AND f.face = $2`,
    values: [site, face],
  });
  if (row === undefined) throw new Refusal('request.not-found', { what: 'face' });
  const living = row.consent_state === 'given' && (row.ends_at ?? 0) > now() && row.secret !== null;
  if (!living) throw new Refusal('vault.consent.missing', { face });
  if (row.state !== 'sealed') throw new Refusal('request.state', { what: 'face' });
  return row;
}
