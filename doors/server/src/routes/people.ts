import { z } from 'zod';
import { consentJson, horizonJson, personJson, purposeJson, subjectOf, withReceipt } from '../http/present.ts';
import { type Route, route } from '../http/route.ts';
import { consent, nothing, page, pageOfPerson, person, purpose, SMALL_BODY } from './shapes.ts';

const NOTICE = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.:@/-]+$/);

export const peopleRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/people',
    scope: 'people.write',
    says: 'Makes a person. The reference is the app’s own id; it is sealed and answers only to the same text.',
    entry: 'one',
    params: nothing,
    query: nothing,
    body: z.strictObject({ reference: z.string().min(1).max(128).optional() }),
    bodyLimit: SMALL_BODY,
    refuses: {},
    handle: async ({ house, call, body }) => {
      const done = await house.vault.createPerson(
        call,
        body.reference === undefined ? {} : { reference: body.reference },
      );
      return withReceipt(done, personJson(done.result));
    },
    replay: async ({ house, caller }, before) =>
      personJson(await house.vault.getPerson(caller.site, String(subjectOf(before).person))),
  }),
  route({
    method: 'GET',
    path: '/v1/people',
    scope: 'people.read',
    says: 'Lists people by id: ids and states only.',
    entry: 'none',
    params: nothing,
    query: page,
    body: nothing,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, query }) => {
      const people = await house.vault.listPeople(caller.site, pageOf(query));
      return {
        people: people.map(personJson),
        next: people.length < query.limit ? null : (people.at(-1)?.person ?? null),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/people/:person',
    scope: 'people.read',
    says: 'One person: id, state, times.',
    entry: 'none',
    params: z.strictObject({ person }),
    query: nothing,
    body: nothing,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, params }) => personJson(await house.vault.getPerson(caller.site, params.person)),
  }),
];

export const purposeRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/purposes',
    scope: 'consents.write',
    says: 'Makes a purpose: what a face may be used for, how long, at which operating point, and whether its picture is kept.',
    entry: 'one',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
      picture_kept: z.boolean().default(false),
      days: z.number().int().min(1).max(3650),
      asserted: z.boolean().default(false),
      far: z.number().gt(0).lt(1).default(0.0001),
    }),
    bodyLimit: SMALL_BODY,
    refuses: { 'request.state': 409 },
    handle: async ({ house, call, body }) => {
      const { name, days, asserted, far } = body;
      const done = await house.vault.createPurpose(call, { name, days, asserted, far, pictureKept: body.picture_kept });
      return withReceipt(done, purposeJson(done.result));
    },
    replay: async ({ house, caller }, before) =>
      purposeJson(await house.vault.getPurpose(caller.site, String(before.organisation.purpose))),
  }),
  route({
    method: 'GET',
    path: '/v1/purposes',
    scope: 'people.read',
    says: 'Lists the purposes of the site.',
    entry: 'none',
    params: nothing,
    query: page,
    body: nothing,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, query }) => {
      const purposes = await house.vault.listPurposes(caller.site, pageOf(query));
      return {
        purposes: purposes.map(purposeJson),
        next: purposes.length < query.limit ? null : (purposes.at(-1)?.purpose ?? null),
      };
    },
  }),
];

export const consentRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/consents',
    scope: 'consents.write',
    says: 'Records that a person consents to one purpose under one version of the notice. The consent is the key: without it nothing opens.',
    entry: 'one',
    params: nothing,
    query: nothing,
    body: z.strictObject({ person, purpose, notice: NOTICE, level: z.literal('asserted') }),
    bodyLimit: SMALL_BODY,
    refuses: { 'vault.person.gone': 410 },
    handle: async ({ house, call, body }) => {
      const done = await house.vault.giveConsent(call, body);
      return withReceipt(done, consentJson(done.result));
    },
    replay: async ({ house, caller }, before) =>
      consentJson(await house.vault.getConsent(caller.site, String(subjectOf(before).consent))),
  }),
  route({
    method: 'GET',
    path: '/v1/consents',
    scope: 'people.read',
    says: 'Lists consents, of one person where asked.',
    entry: 'none',
    params: nothing,
    query: pageOfPerson,
    body: nothing,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, query }) => {
      const consents = await house.vault.listConsents(caller.site, ofPerson(query));
      return {
        consents: consents.map(consentJson),
        next: consents.length < query.limit ? null : (consents.at(-1)?.consent ?? null),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/consents/:consent/withdrawal',
    scope: 'consents.write',
    says: 'Withdraws a consent: its secret is destroyed, and the certificate says when the deletion reaches the copies.',
    entry: 'one',
    params: z.strictObject({ consent }),
    query: nothing,
    body: nothing,
    bodyLimit: SMALL_BODY,
    refuses: { 'vault.person.gone': 410, 'vault.consent.missing': 409 },
    handle: async ({ house, call, params }) => {
      const done = await house.vault.withdrawConsent(call, params);
      const { consent: withdrawn, personKey, horizon } = done.result;
      return withReceipt(done, { ...consentJson(withdrawn), person_key: personKey, horizon: horizonJson(horizon) });
    },
    replay: async ({ house, caller, params }, { organisation }) => ({
      ...consentJson(await house.vault.getConsent(caller.site, params.consent)),
      person_key: organisation.person_key ?? null,
      horizon: organisation.horizon ?? null,
    }),
  }),
];

/** Optional members are left out rather than undefined. */
export const pageOf = (query: { after?: string | undefined; limit: number }): { after?: string; limit: number } =>
  query.after === undefined ? { limit: query.limit } : { after: query.after, limit: query.limit };

export const ofPerson = (query: { after?: string | undefined; limit: number; person?: string | undefined }) => ({
  ...pageOf(query),
  ...(query.person === undefined ? {} : { person: query.person }),
});
