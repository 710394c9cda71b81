import { type Json, type JsonObject, Refusal, rfc3339 } from '@visor/record';
import type {
  Consent,
  Done,
  EnteredRow,
  Erased,
  Face,
  Horizon,
  Person,
  Purpose,
  Receipt,
  Replayed,
  Verification,
  VerifyResult,
} from '@visor/vault';

/** How each noun is written in JSON: snake case, times as RFC 3339, nothing that is not listed here. */

export const withReceipt = (done: Pick<Done<unknown>, 'entryId' | 'receipt'>, result: JsonObject): JsonObject => ({
  ...result,
  entry: done.entryId,
  receipt: receiptJson(done.receipt),
});

/** A receipt is JSON already; its interfaces lack the index signature that JsonObject asks for. */
export const receiptJson = (receipt: Receipt): Json => receipt as unknown as Json;

export const personJson = (person: Person): JsonObject => ({
  person: person.person,
  state: person.state,
  created_at: rfc3339(person.createdAt),
  erased_at: person.erasedAt === null ? null : rfc3339(person.erasedAt),
});

export const purposeJson = (purpose: Purpose): JsonObject => ({
  purpose: purpose.purpose,
  name: purpose.name,
  picture_kept: purpose.pictureKept,
  days: purpose.days,
  asserted: purpose.asserted,
  far: purpose.far,
  created_at: rfc3339(purpose.createdAt),
});

export const consentJson = (consent: Consent): JsonObject => ({
  consent: consent.consent,
  person: consent.person,
  purpose: consent.purpose,
  notice: consent.notice,
  level: consent.level,
  state: consent.state,
  given_at: rfc3339(consent.givenAt),
  ends_at: rfc3339(consent.endsAt),
  ended_at: consent.endedAt === null ? null : rfc3339(consent.endedAt),
});

export const faceJson = (face: Face): JsonObject => ({
  face: face.face,
  person: face.person,
  purpose: face.purpose,
  consent: face.consent,
  model: face.model,
  pictures: face.pictures,
  picture_kept: face.pictureKept,
  enrolled_at: rfc3339(face.enrolledAt),
});

export const verificationJson = (verification: Verification): JsonObject => ({
  verification: verification.verification,
  person: verification.person,
  purpose: verification.purpose,
  consent: verification.consent,
  decision: verification.decision,
  at: rfc3339(verification.at),
});

export const decisionJson = (result: VerifyResult): JsonObject => ({
  verification: result.verification,
  person: result.person,
  purpose: result.purpose,
  consent: result.consent,
  decision: result.decision,
  reasons: result.reasons,
  presence: result.presence,
  threshold: result.threshold,
  model: result.model,
  at: rfc3339(result.at),
  signed: result.signed,
});

export const horizonJson = (horizon: Horizon): JsonObject => ({
  generation: horizon.generation,
  ends: horizon.ends,
  last_key_backup: horizon.lastKeyBackup,
});

export const erasureJson = (erased: Erased): JsonObject => ({
  erasure: erased.erasure,
  person: erased.person,
  faces: erased.faces,
  consents: erased.consents,
  person_key: erased.personKey,
  horizon: horizonJson(erased.horizon),
});

export const entryJson = (row: EnteredRow): JsonObject => ({
  index: row.index,
  entry: row.id,
  time: rfc3339(row.time),
  kind: row.kind,
  organisation: row.organisation,
  subject: row.subject,
  actor: row.actor,
});

/** The fields that concern the person of a repeated act. @throws Refusal `vault.person.gone` when they opened last before an erasure */
export function subjectOf(before: Replayed): JsonObject {
  if (before.subject === undefined) throw new Refusal('vault.person.gone');
  return before.subject;
}
