import { z } from 'zod';
import { decisionJson, faceJson, receiptJson, subjectOf, verificationJson, withReceipt } from '../http/present.ts';
import { type Route, route } from '../http/route.ts';
import { refusing } from '../http/status.ts';
import { GIVES } from './answers.ts';
import { listRoute } from './list-route.ts';
import {
  EXAMPLE,
  face,
  nothing,
  oneFace,
  PICTURE_BODY,
  PICTURES_BODY,
  pictureOf,
  SMALL_BODY,
  someFaces,
  verification,
} from './shapes.ts';

const PICTURE_REFUSALS = refusing(
  'face.picture.format',
  'face.picture.size',
  'face.picture.broken',
  'face.none',
  'face.several',
  'face.small',
  'face.edge',
  'face.blurred',
  'face.timeout',
  'face.unlike',
  'face.picture.extra',
);

const KEY_REFUSALS = refusing(
  'vault.consent.missing',
  'vault.consent.level',
  'vault.person.gone',
  'vault.sealed',
  'face.model.other',
);

export const faceRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/faces',
    scope: 'faces.write',
    says: 'Enrols a face for one purpose from one to five pictures. Only a sealed, rotated template is kept, and the picture where the purpose keeps it.',
    dear: true,
    entry: 'one',
    params: nothing,
    query: nothing,
    body: someFaces,
    gives: GIVES.faceEnrolled,
    example: { person: EXAMPLE.person, purpose: EXAMPLE.purpose, pictures: [EXAMPLE.picture] },
    bodyLimit: PICTURES_BODY,
    refuses: { ...PICTURE_REFUSALS, ...KEY_REFUSALS },
    handle: async ({ house, call, body }) => {
      const { person, purpose, replace } = body;
      const pictures = body.pictures.map(pictureOf);
      const done = await house.vault.enrolFace(call, {
        person,
        purpose,
        pictures,
        ...(replace === undefined ? {} : { replace }),
      });
      return withReceipt(done, { ...faceJson(done.result.face), quality: done.result.quality });
    },
    replay: async ({ house, caller }, before) => {
      const { face: enrolled, quality } = subjectOf(before);
      return { ...faceJson(await house.vault.getFace(caller.site, String(enrolled))), quality: quality ?? null };
    },
  }),
  listRoute({
    nouns: 'faces',
    gives: GIVES.faces,
    aPersons: true,
    says: 'Lists enrolled faces: ids, purposes, times; never a picture or a template.',
    list: (vault, site, page) => vault.listFaces(site, page),
    json: faceJson,
    idOf: ({ face: id }) => id,
  }),
];

export const verificationRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/verifications',
    scope: 'faces.verify',
    says: 'Says whether a picture shows the person, for one purpose. `presence` is not checked: a picture of a picture passes as well.',
    dear: true,
    entry: 'one',
    params: nothing,
    query: nothing,
    body: oneFace,
    gives: GIVES.verified,
    example: { person: EXAMPLE.person, purpose: EXAMPLE.purpose, picture: EXAMPLE.picture },
    bodyLimit: PICTURE_BODY,
    refuses: { ...PICTURE_REFUSALS, ...KEY_REFUSALS },
    handle: async ({ house, call, caller, body }) => {
      const { person, purpose } = body;
      const done = await house.vault.verifyFace(call, { person, purpose, picture: pictureOf(body.picture) });
      const score = caller.scopes.includes('scores.read') ? { score_band: done.scoreBand } : {};
      return withReceipt(done, { ...decisionJson(done.result), ...score });
    },
    replay: async ({ house, caller }, before) => {
      const { verification: decided, reasons, presence, threshold, model } = subjectOf(before);
      const row = verificationJson(await house.vault.getVerification(caller.site, String(decided)));
      return {
        ...row,
        reasons: reasons ?? [],
        presence: presence ?? null,
        threshold: threshold ?? null,
        model: model ?? null,
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/verifications/:verification',
    scope: 'people.read',
    says: 'One verification: who, what for, which decision, when.',
    entry: 'none',
    params: z.strictObject({ verification }),
    query: nothing,
    body: nothing,
    gives: GIVES.verification,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, params }) =>
      verificationJson(await house.vault.getVerification(caller.site, params.verification)),
  }),
];

export const openingRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/openings',
    scope: 'faces.open',
    says: 'Shows the picture that an enrolled face was taken from, where its purpose keeps one. Needs a Visor-Reason; the intention is entered before the keeper releases the key.',
    dear: true,
    entry: 'one a person',
    params: nothing,
    query: nothing,
    body: z.strictObject({ face }),
    gives: GIVES.opened,
    example: { face: EXAMPLE.face },
    reason: true,
    bodyLimit: SMALL_BODY,
    refuses: { ...KEY_REFUSALS, ...refusing('keeper.opening.proof', 'keeper.opening.used') },
    handle: async ({ house, call, body }) => {
      const done = await house.vault.openFace(call, body);
      const { opening, face: opened, person, purpose, picture, release } = done.result;
      return withReceipt(done, {
        opening,
        face: opened,
        person,
        purpose,
        picture: Buffer.from(picture).toString('base64'),
        release: `${release.boot}:${release.count}`,
        intended: receiptJson(done.intended),
      });
    },
    // A picture is shown once an intention; whoever lost the answer has to intend it again.
    replay: async (_input, before) => {
      const { opening, person, purpose } = subjectOf(before);
      return { opening: opening ?? null, person: person ?? null, purpose: purpose ?? null, picture: null };
    },
  }),
];
