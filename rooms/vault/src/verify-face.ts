import { compareFaces, decide, type FaceModel, operatingPoint } from '@visor/face';
import { base64, type Instant, idOf, type JsonObject, Refusal, rfc3339 } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Decision, Done, Purpose, VerifyResult } from './acts.ts';
import { carryOut } from './commit-act.ts';
import { livingConsent, purposeRow, refuseVerifyLevel } from './consent-rows.ts';
import type { Context } from './context.ts';
import { modelOf } from './describe-picture.ts';
import { enteringRefusals } from './enter-refusal.ts';
import { type FaceRow, faceOf, faceRequest, placeOf } from './face-rows.ts';
import type { PersonRow } from './key-rows.ts';
import { livingPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { DescribedFace, ReleaseNumber } from './ports.ts';
import { type ReadyEntry, readyEntry } from './prepare-entry.ts';
import { releaseField, releasesEntered, withRelease } from './releases.ts';
import { rotate, rotationOf } from './rotation.ts';
import { bandOf } from './score-band.ts';
import { openTemplate } from './seal-face.ts';

export interface VerifyInput {
  readonly person: string;
  readonly purpose: string;
  readonly picture: Uint8Array;
}

type Verified = Done<VerifyResult> & { readonly scoreBand: string };

/** Says whether a picture shows the person, and nothing about whether somebody was there. */
export async function verifyFace(context: Context, call: Call, input: VerifyInput): Promise<Verified> {
  const { person } = input;
  const purpose = await purposeRow(context, call.site, input.purpose);
  await context.keys.person(call.site, person);
  await standingOn(context, call, { person, purpose }); // refused before a picture is looked at
  const seen = await enteringRefusals(context, call, {
    ...input,
    work: () => context.faces.describe(input.picture, {}),
  });
  return onceMore(context, call, { person, work: () => verify(context, call, { person, purpose, seen }) });
}

/** The face that is compared with. @throws Refusal `vault.consent.missing`, `vault.consent.level` */
async function standingOn(
  context: Context,
  { site }: Call,
  { person, purpose }: { person: string; purpose: Purpose },
): Promise<FaceRow> {
  const consent = await livingConsent(context, site, { person, purpose: purpose.purpose });
  refuseVerifyLevel(purpose, consent.level);
  return faceOf(context, site, consent);
}

interface Compared {
  readonly score: number;
  readonly number: ReleaseNumber;
}

async function verify(
  context: Context,
  call: Call,
  of: { person: string; purpose: Purpose; seen: DescribedFace },
): Promise<Verified> {
  const { site } = call;
  const { purpose, seen } = of;
  const person = await context.keys.person(site, of.person);
  const face = await standingOn(context, call, of);
  if (face.model !== seen.model) throw new Refusal('face.model.other', { expected: face.model });
  const model = modelOf(context, face.model);
  const { score, number } = await compare(context, site, { person, face, model, seen });
  const decision = decide(model, score, purpose.far);
  const draft: Draft = { ...{ verification: context.fresh('ver'), face, decision, score, number }, model, purpose };
  const ready = await readyDecision(context, call, { person, draft });
  const result = await signed(context, call, { draft, ready });
  const made = 'verification_made';
  const parts = [
    verificationMade(site, draft, call.at),
    releasesEntered(site, { numbers: [number], at: call.at, made }),
  ];
  const statement = { living: livingPerson(site, person), parts, made };
  const done = await carryOut(context, call, { ready, statement, result });
  return { ...done, scoreBand: bandOf(score) };
}

/** Both sides rotated: the plain template of the enrolled face never exists here. */
function compare(
  { keeper, tools }: Context,
  site: string,
  of: { person: PersonRow; face: FaceRow; model: FaceModel; seen: DescribedFace },
): Promise<Compared> {
  const { face, model, seen } = of;
  return withRelease(keeper, faceRequest(site, of.person, face), (release) => {
    const { rotated, secret } = openTemplate(tools, release, { place: placeOf(site, face), row: face });
    try {
      const probe = rotate(rotationOf(tools, secret, model.length), seen.template);
      return { score: compareFaces(model, rotated, probe), number: release.number };
    } finally {
      secret.fill(0);
    }
  });
}

interface Draft {
  readonly verification: string;
  readonly face: FaceRow;
  readonly decision: Decision;
  readonly score: number;
  readonly number: ReleaseNumber;
  readonly model: FaceModel;
  readonly purpose: Purpose;
}

const REASONS: Readonly<Record<Decision, readonly string[]>> = { accept: ['face.match'], refuse: ['face.no-match'] };

/** Names the operating point, so that a later one cannot be taken for it. */
function thresholdOf({ model, purpose }: Draft): string {
  return `far=${purpose.far} threshold=${operatingPoint(model, purpose.far).threshold}`;
}

function readyDecision(context: Context, call: Call, of: { person: PersonRow; draft: Draft }): Promise<ReadyEntry> {
  const { draft, person } = of;
  return readyEntry(context, call, {
    kind: 'verification.decided',
    organisation: { release: releaseField(draft.number) },
    subject: {
      person,
      values: {
        ...{ person: person.person, verification: draft.verification, purpose: draft.purpose.purpose },
        ...{ consent: draft.face.consent, decision: draft.decision, reasons: REASONS[draft.decision] },
        ...{ score_band: bandOf(draft.score), presence: 'not checked', threshold: thresholdOf(draft) },
        model: draft.model.id,
      },
    },
  });
}

async function signed(context: Context, call: Call, of: { draft: Draft; ready: ReadyEntry }): Promise<VerifyResult> {
  const { draft, ready } = of;
  const { site } = call;
  const said = {
    ...{ verification: draft.verification, person: draft.face.person, purpose: draft.purpose.purpose },
    ...{ consent: draft.face.consent, decision: draft.decision, reasons: REASONS[draft.decision] },
    ...{ presence: 'not checked' as const, threshold: thresholdOf(draft), model: draft.model.id },
  };
  const entry = idOf('ent', ready.prepared.id);
  const decision: JsonObject = { visor: 'decision/1', site, ...said, at: rfc3339(call.at), entry };
  const [signature, key] = await Promise.all([
    context.keeper.signDecision({ site, decision }),
    context.keys.decisionKey(site),
  ]);
  return { ...said, at: call.at, signed: { decision, key: base64(key), signature: base64(signature) } };
}

const verificationMade = (site: string, draft: Draft, at: Instant): SqlPart => ({
  name: 'verification_made',
  text: `INSERT INTO verification (site, verification, person, purpose, consent, decision, made_at)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bigint FROM guard
    ON CONFLICT DO NOTHING RETURNING 1`,
  values: [site, draft.verification, draft.face.person, draft.purpose.purpose, draft.face.consent, draft.decision, at],
});
