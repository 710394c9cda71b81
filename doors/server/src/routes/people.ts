import { z } from 'zod';
import { consentJson, horizonJson, personJson, purposeJson, subjectOf, withReceipt } from '../http/present.ts';
import { type Route, route } from '../http/route.ts';
import { refusing } from '../http/status.ts';
import { GIVES } from './answers.ts';
import { listRoute } from './list-route.ts';
import { consent, EXAMPLE, nothing, person, purpose, SMALL_BODY } from './shapes.ts';

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
    gives: GIVES.personMade,
    example: { reference: 'account 4711' },
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
  listRoute({
    nouns: 'people',
    gives: GIVES.people,
    aPersons: false,
    says: 'Lists people by id: ids and states only.',
    list: (vault, site, page) => vault.listPeople(site, page),
    json: personJson,
    idOf: ({ person: id }) => id,
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
    gives: GIVES.person,
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
    gives: GIVES.purposeMade,
    example: { name: 'login', picture_kept: false, days: 365, asserted: true, far: 0.0001 },
    bodyLimit: SMALL_BODY,
    refuses: {},
    handle: async ({ house, call, body }) => {
      const { name, days, asserted, far } = body;
      const done = await house.vault.createPurpose(call, { name, days, asserted, far, pictureKept: body.picture_kept });
      return withReceipt(done, purposeJson(done.result));
    },
    replay: async ({ house, caller }, before) =>
      purposeJson(await house.vault.getPurpose(caller.site, String(before.organisation.purpose))),
  }),
  listRoute({
    nouns: 'purposes',
    gives: GIVES.purposes,
    aPersons: false,
    says: 'Lists the purposes of the site.',
    list: (vault, site, page) => vault.listPurposes(site, page),
    json: purposeJson,
    idOf: ({ purpose: id }) => id,
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
    gives: GIVES.consentGiven,
    example: { person: EXAMPLE.person, purpose: EXAMPLE.purpose, notice: '2026-06', level: 'asserted' },
    bodyLimit: SMALL_BODY,
    refuses: refusing('vault.person.gone', 'vault.sealed', 'vault.consent.level'),
    handle: async ({ house, call, body }) => {
      const done = await house.vault.giveConsent(call, body);
      return withReceipt(done, consentJson(done.result));
    },
    replay: async ({ house, caller }, before) =>
      consentJson(await house.vault.getConsent(caller.site, String(subjectOf(before).consent))),
  }),
  listRoute({
    nouns: 'consents',
    gives: GIVES.consents,
    aPersons: true,
    says: 'Lists consents, of one person where asked.',
    list: (vault, site, page) => vault.listConsents(site, page),
    json: consentJson,
    idOf: ({ consent: id }) => id,
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
    gives: GIVES.consentWithdrawn,
    example: {},
    bodyLimit: SMALL_BODY,
    refuses: { ...refusing('vault.person.gone'), 'vault.consent.missing': 409 },
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
