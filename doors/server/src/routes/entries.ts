import { hex } from '@visor/record';
import { z } from 'zod';
import { entryJson, erasureJson, receiptJson, withReceipt } from '../http/present.ts';
import { type Route, route } from '../http/route.ts';
import { refusing } from '../http/status.ts';
import { GIVES } from './answers.ts';
import { EXAMPLE, nothing, person, SMALL_BODY } from './shapes.ts';

export const entryRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/entries',
    scope: 'entries.read',
    says: 'The size of the site’s log and its signed head.',
    entry: 'none',
    params: nothing,
    query: nothing,
    body: nothing,
    gives: GIVES.log,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller }) => {
      const head = await house.ledger.head(caller.origin);
      return { log: caller.origin, size: head?.size ?? 0, checkpoint: head?.note ?? null };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/entries/readings',
    scope: 'entries.read',
    says: 'Opens up to 20 entries. Reading is entered too: one entry a person shown.',
    entry: 'one a person',
    params: nothing,
    query: nothing,
    body: z.strictObject({ from: z.number().int().min(0), limit: z.number().int().min(1).max(20) }),
    gives: GIVES.readings,
    example: { from: 0, limit: 20 },
    bodyLimit: SMALL_BODY,
    refuses: refusing('ledger.index'),
    handle: async ({ house, call, body }) => {
      const read = await house.vault.readEntries(call, body);
      return { entries: read.entries.map(entryJson), size: read.size, receipts: read.receipts.map(receiptJson) };
    },
    // What was shown is not kept; reading it again is a reading of its own.
    replay: async () => ({ entries: null }),
  }),
];

export const erasureRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/erasures',
    scope: 'erasures.write',
    says: 'Erases a person: every face, consent and key. The certificate says until when a copy of old keys could still undo it.',
    entry: 'one',
    params: nothing,
    query: nothing,
    body: z.strictObject({ person }),
    gives: GIVES.erased,
    example: { person: EXAMPLE.person },
    bodyLimit: SMALL_BODY,
    refuses: refusing('vault.person.gone'),
    handle: async ({ house, call, body }) => {
      const done = await house.vault.erasePerson(call, body);
      return withReceipt(done, erasureJson(done.result));
    },
    replay: async ({ body }, { organisation }) => ({
      person: body.person,
      faces: organisation.faces ?? null,
      consents: organisation.consents ?? null,
      person_key: organisation.person_key ?? null,
      horizon: organisation.horizon ?? null,
    }),
  }),
];

export const bundleRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/bundles',
    scope: 'bundles.write',
    says: 'Makes an evidence bundle of the entries asked for, with everything a stranger needs to check it offline.',
    entry: 'one',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      from: z.number().int().min(0),
      limit: z.number().int().min(1).max(1_000),
      person: person.optional(),
    }),
    gives: GIVES.bundled,
    example: { from: 0, limit: 100 },
    bodyLimit: SMALL_BODY,
    refuses: refusing('ledger.index'),
    handle: async ({ house, call, body }) => {
      const { from, limit, person: about } = body;
      const made = await house.bundles.make(call, { from, limit, ...(about === undefined ? {} : { person: about }) });
      return withReceipt(made.done, {
        bundle: made.bundle,
        entries: made.entries,
        sha256: hex(made.sha256),
        bytes: Buffer.from(made.bytes).toString('base64'),
      });
    },
    // The bundle is not kept; a new one says the same of the same entries.
    replay: async (_input, { organisation }) => ({ bundle: organisation.bundle ?? null, bytes: null }),
  }),
];
