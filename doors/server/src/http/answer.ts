import { type Bytes, equalBytes, idOf, type Json, newId, Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { House } from '../house/house.ts';
import { doneBefore, gatePart, type Once, onceOf, reopen } from './idempotency.ts';
import { withReceipt } from './present.ts';
import type { Caller, Input, Route } from './route.ts';

type AnyInput = Input<unknown, unknown, unknown>;

/** One request to one route: scope, shape, once, act. Nothing is half-done when it throws. */
export async function answer(
  house: House,
  route: Route,
  io: { request: FastifyRequest; reply: FastifyReply },
): Promise<Json> {
  const { request, reply } = io;
  const caller = request.visor?.caller;
  if (caller === undefined) throw new Refusal('request.key');
  if (!caller.scopes.includes(route.scope)) throw new Refusal('request.scope', { needs: route.scope });
  const raw = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
  const input = inputOf(house, route, { request, caller, raw });
  if (route.method === 'GET') return route.handle(input);
  const once = onceOf(caller, route.path, {
    idem: single(request.headers['idempotency-key']),
    body: raw,
    secret: (request.headers.authorization ?? '').slice('Bearer '.length),
  });
  reply.code(201);
  return actOnce(house, route, { input, once });
}

/**
 * The statement of the act itself finds out whether it was done before, so a first request costs no look-up; only where
 * an act is dear, or shows something, the look-up comes first. What is refused may be refused because it was done.
 */
async function actOnce(house: House, route: Route, act: { input: AnyInput; once: Once }): Promise<Json> {
  const { input, once } = act;
  if (route.dear === true) {
    const before = await doneBefore(house.db, once);
    if (before !== undefined) return repeat(house, route, { ...act, entryId: before });
  }
  let passed: Bytes | undefined;
  const gate = (entryId: Bytes): SqlPart => {
    passed = entryId;
    return gatePart(once, entryId, input.call.at);
  };
  try {
    return await route.handle({ ...input, call: { ...input.call, gate } });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'request.state' && passed !== undefined) await reopen(house.db, once, passed);
    const before = await doneBefore(house.db, once);
    if (before === undefined || equalBytes(before, passed ?? NONE)) throw error;
    return repeat(house, route, { ...act, entryId: before });
  }
}

const NONE = new Uint8Array(0);

/** The true outcome of what was asked before, rebuilt from its entry: no answer is kept anywhere. */
async function repeat(house: House, route: Route, of: { input: AnyInput; once: Once; entryId: Bytes }): Promise<Json> {
  const { input, once, entryId } = of;
  if ((await house.ledger.find(input.call.site, entryId)) === undefined) {
    // One statement writes the gate's row and the entry's. Here something was in the act's way, and the house stopped
    // before it could open the gate again.
    await reopen(house.db, once, entryId);
    throw new Refusal('ledger.busy', { what: 'ask again' });
  }
  const before = await house.vault.replay(input.call, entryId);
  if (route.replay === undefined) throw new Error(`${route.path} cannot be repeated`);
  const result = await route.replay(input, before);
  return withReceipt({ entryId: idOf('ent', entryId), receipt: before.receipt }, { ...result, repeated: true });
}

function inputOf(house: House, route: Route, from: { request: FastifyRequest; caller: Caller; raw: Bytes }): AnyInput {
  const { request, caller, raw } = from;
  const at = house.now();
  return {
    params: parsed(route.params, request.params),
    query: parsed(route.query, request.query),
    body: parsed(route.body, route.method === 'GET' ? {} : jsonOf(raw)),
    caller,
    call: {
      site: caller.site,
      origin: caller.origin,
      by: { id: caller.key, role: 'key', name: caller.label, device: null },
      at,
      act: newId('act', house.random),
      ...reasonOf(single(request.headers['visor-reason'])),
    },
    house,
  };
}

/** A reason is kept in the ledger, sealed; it is bounded, and control characters have no place in it. */
function reasonOf(header: string | undefined): { reason?: string } {
  if (header === undefined) return {};
  const reason = Buffer.from(header, 'latin1').toString('utf8').trim(); // browsers and curl send UTF-8 bytes
  if (reason.length < 3 || reason.length > 200 || /\p{Cc}/u.test(reason)) throw new Refusal('request.reason');
  return { reason };
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

function jsonOf(raw: Bytes): unknown {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (cause) {
    throw new Refusal('request.body', { at: 'body' }, { cause });
  }
}

/** Names the field that is wrong, never what stood in it. */
function parsed(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const at = (issue?.path ?? []).map(String).join('.').slice(0, 64);
  throw new Refusal('request.body', { at: /^[\w.-]*$/.test(at) ? at : 'body', problem: issue?.code ?? 'shape' });
}
