import { z } from 'zod';
import { consent, face, id, person, purpose, verification } from './shapes.ts';

/** What the routes answer, as schemas: the OpenAPI document is made from them, and the tests hold every answer to them. */

const time = z.iso.datetime({ precision: 3 });
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const bytes32 = base64.length(44).describe('32 bytes, base64');
const count = z.number().int().min(0);
const json: z.ZodType = z.json();

const openField = z.strictObject({ at: count, name: z.string(), value: json, salt: bytes32 });
const withheldField = z.strictObject({ at: count, name: z.string().optional(), commitment: bytes32 });
const group = z.union([
  z.strictObject({ slot: count, root: bytes32 }),
  z.strictObject({ slot: count, fields: z.array(z.union([openField, withheldField])) }),
]);

export const receipt = z
  .strictObject({
    visor: z.literal('receipt/1'),
    entry: z.strictObject({
      log: z.string(),
      index: count,
      id: base64,
      leaf: base64,
      groups: z.array(group).length(8),
    }),
    proof: z.array(bytes32).describe('inclusion proof under the checkpoint'),
    size: count.describe('of the log under the checkpoint'),
    checkpoint: z.string().describe('C2SP signed note'),
  })
  .meta({ id: 'Receipt', description: 'What a person takes away of one act; `visor verify` checks it offline.' });

/** What every act answers beside what it is about. `repeated` stands where it was done before under the same key. */
const act = { entry: id('ent'), receipt, repeated: z.literal(true).optional() };

const personShape = { person, state: z.string(), created_at: time, erased_at: time.nullable() };
const purposeShape = {
  ...{ purpose, name: z.string(), picture_kept: z.boolean(), days: count, asserted: z.boolean(), far: z.number() },
  created_at: time,
};
const consentShape = {
  ...{ consent, person, purpose, notice: z.string(), level: z.string(), state: z.string() },
  ...{ given_at: time, ends_at: time, ended_at: time.nullable() },
};
const faceShape = {
  ...{ face, person, purpose, consent, model: z.string(), pictures: count, picture_kept: z.boolean() },
  enrolled_at: time,
};
const verificationShape = {
  ...{ verification, person, purpose, consent, decision: z.enum(['accept', 'refuse']), at: time },
};
const horizon = json.describe('when the deletion has reached every copy; it ends with the key generation');

const listOf = (nouns: string, shape: z.ZodRawShape): z.ZodType =>
  z.strictObject({
    [nouns]: z.array(z.strictObject(shape)),
    next: z.string().nullable().describe('pass as `after` for the next page'),
  });

export const GIVES = {
  person: z.strictObject(personShape),
  personMade: z.strictObject({ ...personShape, ...act }),
  people: listOf('people', personShape),
  purposeMade: z.strictObject({ ...purposeShape, ...act }),
  purposes: listOf('purposes', purposeShape),
  consentGiven: z.strictObject({ ...consentShape, ...act }),
  consents: listOf('consents', consentShape),
  consentWithdrawn: z.strictObject({ ...consentShape, person_key: json, horizon, ...act }),
  faceEnrolled: z.strictObject({ ...faceShape, quality: json, ...act }),
  faces: listOf('faces', faceShape),
  verified: z.strictObject({
    ...verificationShape,
    reasons: z.array(z.string()),
    presence: z.string().nullable().describe('`not checked`: nothing is said about whether somebody was there'),
    threshold: z.string().nullable(),
    model: z.string().nullable(),
    score_band: z.string().optional().describe('only for a key with `scores.read`, in steps of 0.05'),
    signed: z
      .strictObject({ decision: json, key: bytes32.describe('Ed25519 public key, base64'), signature: base64 })
      .optional()
      .describe('the decision signed by the site’s key; not said again when a request is repeated'),
    ...act,
  }),
  verification: z.strictObject(verificationShape),
  opened: z.strictObject({
    opening: z.string().nullable(),
    face: face.optional(),
    person: person.nullable(),
    purpose: purpose.nullable(),
    picture: base64.nullable().describe('null when the request is repeated: a picture is shown once an intention'),
    release: z.string().optional(),
    intended: receipt.optional(),
    ...act,
  }),
  log: z.strictObject({ log: z.string(), size: count, checkpoint: z.string().nullable() }),
  readings: z.strictObject({
    entries: z
      .array(
        z.strictObject({
          ...{ index: count, entry: z.string(), time, kind: z.string().nullable() },
          ...{ organisation: json.nullable(), subject: json.nullable(), actor: json.nullable() },
        }),
      )
      .nullable(),
    size: count.optional(),
    receipts: z.array(receipt).optional(),
    ...{ entry: act.entry.optional(), receipt: receipt.optional(), repeated: act.repeated },
  }),
  erased: z.strictObject({
    person,
    erasure: z.string().optional(),
    faces: json,
    consents: json,
    person_key: json,
    horizon,
    ...act,
  }),
  bundled: z.strictObject({
    bundle: z.string().nullable(),
    entries: count.optional(),
    sha256: z.string().optional(),
    bytes: base64.nullable().describe('the bundle; null when the request is repeated: it is not kept'),
    ...act,
  }),
} as const;
