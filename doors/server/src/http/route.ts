import type { Json, JsonObject, RefusalCode } from '@visor/record';
import type { Call, Replayed } from '@visor/vault';
import type { z } from 'zod';
import type { House } from '../house/house.ts';

/** What a key may do; the list is closed and each route names exactly one. */
export const SCOPES = [
  'people.read',
  'people.write',
  'consents.write',
  'faces.write',
  'faces.verify',
  'faces.open',
  'entries.read',
  'erasures.write',
  'bundles.write',
  'scores.read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What of a route is entered in the ledger; the table for readers is docs/entries.md. */
export type EntryRule = 'none' | 'one' | 'one a person';

export interface Caller {
  readonly site: string;
  readonly origin: string;
  readonly key: string;
  readonly label: string;
  readonly scopes: readonly string[];
}

export interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly call: Call;
  readonly house: House;
}

export interface Route<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scope: Scope;
  readonly says: string;
  readonly entry: EntryRule;
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  readonly body: z.ZodType<Body>;
  /** What a success answers. */
  readonly gives: z.ZodType;
  /** A body as somebody would send it; for routes that take one. */
  readonly example?: NoInfer<Body>;
  /** Whether the caller has to say why, in the header Visor-Reason. */
  readonly reason?: boolean;
  /** Most bytes of the body; anything larger is refused before it is read. */
  readonly bodyLimit: number;
  /** What this route refuses beside what any may, and a status of its own where it is not the common one. */
  readonly refuses: Partial<Record<RefusalCode, number>>;
  /** An act that costs much or shows something: whether it was done before is asked first. */
  readonly dear?: boolean;
  readonly handle: (input: Input<Params, Query, Body>) => Promise<Json>;
  /** Rebuilds the answer of an act that was done before under the same Idempotency-Key; every POST has one. */
  readonly replay?: (input: Input<Params, Query, Body>, before: Replayed) => Promise<JsonObject>;
}

/** Declares a route as data, so that the router, the checks and the docs read one thing. */
export function route<Params, Query, Body>(declared: Route<Params, Query, Body>): Route {
  // The router parses with these very schemas before it calls the handler, so the erased types are the checked ones.
  return declared as unknown as Route;
}
