import { compareFaces, decide, meanTemplate } from '@visor/face';
import { type Bytes, Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done, Face, Purpose } from './acts.ts';
import { carryOut } from './commit-act.ts';
import { type LivingConsent, livingConsent, purposeRow, refuseEnrolLevel } from './consent-rows.ts';
import type { Context } from './context.ts';
import { modelOf } from './describe-picture.ts';
import { enteringRefusals } from './enter-refusal.ts';
import { type PersonRow, personKeyOf } from './key-rows.ts';
import { livingPerson, personChanged } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { DescribedFace, ReleaseNumber } from './ports.ts';
import { readyEntry } from './prepare-entry.ts';
import { releaseField, releasesEntered, withRelease } from './releases.ts';
import { type FacePlace, type SealedTemplate, sealPicture, sealTemplate } from './seal-face.ts';

const MOST_PICTURES = 5;
const KEY_LENGTH = 32;

export interface EnrolInput {
  readonly person: string;
  readonly purpose: string;
  readonly pictures: readonly Bytes[];
  readonly replace?: boolean;
}

export interface Enrolled {
  readonly face: Face;
  readonly quality: number;
}

/** One face as several pictures give it. */
interface Seen {
  readonly template: Float32Array;
  readonly model: string;
  readonly quality: number;
  readonly pictures: number;
  readonly picture: Bytes | undefined;
}

export async function enrolFace(context: Context, call: Call, input: EnrolInput): Promise<Done<Enrolled>> {
  const { person, pictures } = input;
  if (pictures.length < 1 || pictures.length > MOST_PICTURES)
    throw new Refusal('request.body', { at: 'pictures', limit: MOST_PICTURES });
  const purpose = await purposeRow(context, call.site, input.purpose);
  await context.keys.person(call.site, person);
  await mayEnrol(context, call, { input, purpose });
  const seen = await enteringRefusals(context, call, { ...input, work: () => see(context, purpose, pictures) });
  return onceMore(context, call, { person, work: () => enrol(context, call, { input, purpose, seen }) });
}

/** @throws Refusal `vault.consent.missing`, `vault.consent.level`, `request.state` when a face is there already */
async function mayEnrol(
  context: Context,
  { site }: Call,
  { input, purpose }: { input: EnrolInput; purpose: Purpose },
): Promise<LivingConsent> {
  const consent = await livingConsent(context, site, input);
  refuseEnrolLevel(purpose, consent.level);
  if (input.replace === true) return consent;
  const faces = await context.db.query({
    name: 'vault_face_there',
    text: `SELECT 1 FROM face WHERE site = $1 AND consent = $2 AND state = 'sealed'`,
    values: [site, consent.consent],
  });
  if (faces.length > 0) throw new Refusal('request.state', { what: 'face' });
  return consent;
}

/** @throws the refusals of the face room, Refusal `face.unlike` */
async function see(context: Context, purpose: Purpose, pictures: readonly Bytes[]): Promise<Seen> {
  const wants = { enrol: true, keepPicture: purpose.pictureKept };
  const described = await Promise.all(pictures.map((picture) => context.faces.describe(picture, wants)));
  const best = described.reduce((a, b) => (b.quality.score > a.quality.score ? b : a));
  refuseUnlike(context, purpose, described);
  return {
    template: meanTemplate(described.map(({ template }) => template)),
    model: best.model,
    quality: Math.round(best.quality.score * 100) / 100,
    pictures: pictures.length,
    picture: purpose.pictureKept ? best.aligned : undefined,
  };
}

function refuseUnlike(context: Context, purpose: Purpose, described: readonly DescribedFace[]): void {
  for (const [at, a] of described.entries()) {
    for (const b of described.slice(at + 1)) {
      const model = modelOf(context, a.model);
      if (b.model !== a.model) throw new Refusal('face.model.other', { expected: a.model });
      const score = compareFaces(model, a.template, b.template);
      if (decide(model, score, purpose.far) !== 'accept')
        throw new Refusal('face.unlike', { pictures: described.length });
    }
  }
}

interface Sealed extends SealedTemplate {
  readonly number: ReleaseNumber;
  readonly picture: Bytes | null;
  readonly pictureKey: Bytes | null;
}

async function enrol(
  context: Context,
  call: Call,
  { input, purpose, seen }: { input: EnrolInput; purpose: Purpose; seen: Seen },
): Promise<Done<Enrolled>> {
  const { site, at } = call;
  const person = await context.keys.person(site, input.person);
  const consent = await mayEnrol(context, call, { input, purpose });
  const place: FacePlace = {
    ...{ site, person: person.person, purpose: purpose.purpose, consent: consent.consent },
    ...{ version: 1, model: seen.model },
  };
  const face = context.fresh('fac');
  const sealed = await sealAll(context, { place, face, person, consent, seen });
  const { model, pictures, quality } = seen;
  const ready = await readyEntry(context, call, {
    kind: 'face.enrolled',
    organisation: { release: releaseField(sealed.number) },
    subject: {
      person,
      values: { person: place.person, face, purpose: place.purpose, consent: place.consent, model, pictures, quality },
    },
  });
  const made: Face = {
    ...{ face, person: place.person, purpose: place.purpose, consent: place.consent },
    ...{ model, pictures, pictureKept: sealed.picture !== null, enrolledAt: at },
  };
  const parts = [
    faceReplaced(site, { consent: place.consent, at }),
    faceMade(site, made, sealed),
    personChanged(site, place.person, 'face_made'),
    releasesEntered(site, { numbers: [sealed.number], at, made: 'face_made' }),
  ];
  const statement = { living: livingPerson(site, person), parts, made: 'face_made' };
  return carryOut(context, call, { ready, result: { face: made, quality }, statement });
}

async function sealAll(
  { keeper, tools }: Context,
  of: { place: FacePlace; face: string; person: PersonRow; consent: LivingConsent; seen: Seen },
): Promise<Sealed> {
  const { place, face, seen } = of;
  const request = {
    ...{ site: place.site, key: personKeyOf(of.person), consent: place.consent, secret: of.consent.wrap },
    ...{ purpose: place.purpose, version: place.version },
  };
  const { number, ...template } = await withRelease(keeper, request, (release) => ({
    number: release.number,
    ...sealTemplate(tools, release, { place, template: seen.template }),
  }));
  if (seen.picture === undefined) return { ...template, number, picture: null, pictureKey: null };
  const key = tools.random(KEY_LENGTH);
  const picture = sealPicture(tools, key, { place, face, picture: seen.picture });
  const pictureKey = await keeper.wrapPicture({ ...request, version: 1, face, picture: key });
  key.fill(0);
  return { ...template, number, picture, pictureKey };
}

const faceReplaced = (site: string, of: { consent: string; at: number }): SqlPart => ({
  name: 'face_replaced',
  text: `UPDATE face SET state = 'gone', rotation = NULL, sealed = NULL, picture = NULL, picture_key = NULL,
      ended_at = $3::bigint FROM guard WHERE site = $1 AND consent = $2 AND state = 'sealed' RETURNING 1`,
  values: [site, of.consent, of.at],
});

/** Reads how many were replaced, so that it runs after that. */
const faceMade = (site: string, face: Face, sealed: Sealed): SqlPart => ({
  name: 'face_made',
  text: `INSERT INTO face (site, face, person, purpose, consent, state, model, version, pictures, picture_kept,
      rotation, sealed, picture, picture_key, made_at)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, 'sealed', $6::text, 1, $7::integer, $8::boolean,
      $9::bytea, $10::bytea, $11::bytea, $12::bytea, $13::bigint
    FROM guard, (SELECT count(*) FROM face_replaced) AS replaced ON CONFLICT DO NOTHING RETURNING 1`,
  values: [
    ...[site, face.face, face.person, face.purpose, face.consent, face.model, face.pictures, face.pictureKept],
    ...[sealed.rotation, sealed.sealed, sealed.picture, sealed.pictureKey, face.enrolledAt],
  ],
});
