import { type Bytes, equalBytes, Refusal, utf8 } from '@visor/record';
import type { Database, SqlPart } from '@visor/storage';
import { hmac } from '../house/tools.ts';
import type { Caller } from './route.ts';

/** What makes two POSTs the same one. The body is compared by an HMAC under the caller's own secret. */
export interface Once {
  readonly caller: Caller;
  readonly route: string;
  readonly idem: string;
  readonly mac: Bytes;
}

export function onceOf(
  caller: Caller,
  route: string,
  more: { idem: string | undefined; body: Bytes; secret: string },
): Once {
  const idem = more.idem ?? '';
  if (!/^[!-~]{8,128}$/.test(idem)) throw new Refusal('request.idempotency-key');
  return { caller, route, idem, mac: hmac(utf8(more.secret), more.body) };
}

/** The part of an act's statement that lets it happen once: a row where what it needs is still living and the key is new. */
export function gatePart(once: Once, entryId: Bytes, at: number): SqlPart {
  return {
    name: 'gate',
    text: `INSERT INTO idempotency (site, key, route, idem, body_mac, entry_id, made_at)
           SELECT $1, $2, $3, $4, $5::bytea, $6::bytea, $7::bigint FROM living ON CONFLICT DO NOTHING RETURNING 1 AS one`,
    values: [once.caller.site, once.caller.key, once.route, once.idem, once.mac, entryId, at],
  };
}

/**
 * The entry of the act that was done under this key before, if any.
 * @throws Refusal `request.idempotency-body` when the body is another one.
 */
export async function doneBefore(db: Database, once: Once): Promise<Bytes | undefined> {
  const rows = await db.query<{ body_mac: Bytes; entry_id: Bytes }>({
    text: 'SELECT body_mac, entry_id FROM idempotency WHERE site = $1 AND key = $2 AND route = $3 AND idem = $4',
    values: [once.caller.site, once.caller.key, once.route, once.idem],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  if (!equalBytes(row.body_mac, once.mac)) throw new Refusal('request.idempotency-body');
  return row.entry_id;
}

/** An act that was refused by its own statement leaves its gate open again; the row of another act stays. */
export async function reopen(db: Database, once: Once, entryId: Bytes): Promise<void> {
  const { caller, route, idem } = once;
  await db.query({
    text: `DELETE FROM idempotency WHERE site = $1 AND key = $2 AND route = $3 AND idem = $4 AND entry_id = $5::bytea`,
    values: [caller.site, caller.key, route, idem, entryId],
  });
}

/** Repeats are recognised for a day. */
export async function forgetOld(db: Database, site: string, before: number): Promise<void> {
  await db.query({ text: 'DELETE FROM idempotency WHERE site = $1 AND made_at < $2', values: [site, before] });
}
