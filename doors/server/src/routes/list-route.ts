import type { JsonObject } from '@visor/record';
import type { Page, Vault } from '@visor/vault';
import type { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { nothing, pageOf } from './shapes.ts';

interface Listed<Thing> {
  /** Plural; the path and the member of the answer. */
  readonly nouns: string;
  readonly says: string;
  readonly gives: z.ZodType;
  /** Whether the list can be that of one person. */
  readonly aPersons: boolean;
  readonly list: (vault: Vault, site: string, page: Page & { person?: string }) => Promise<readonly Thing[]>;
  readonly json: (thing: Thing) => JsonObject;
  readonly idOf: (thing: Thing) => string;
}

/** A list of one noun: ids, states and times, never a name or a picture, so nothing is entered. */
export function listRoute<Thing>({ nouns, says, gives, aPersons, list, json, idOf }: Listed<Thing>): Route {
  return route({
    method: 'GET',
    path: `/v1/${nouns}`,
    scope: 'people.read',
    says,
    entry: 'none',
    params: nothing,
    query: pageOf(aPersons),
    body: nothing,
    gives,
    bodyLimit: 0,
    refuses: {},
    handle: async ({ house, caller, query }) => {
      const { after, limit, person } = query;
      const of = { limit, ...(after === undefined ? {} : { after }), ...(person === undefined ? {} : { person }) };
      const things = await list(house.vault, caller.site, of);
      const last = things.length < limit ? undefined : things.at(-1);
      return { [nouns]: things.map(json), next: last === undefined ? null : idOf(last) };
    },
  });
}
