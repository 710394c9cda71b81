import { createHash } from 'node:crypto';
import { type Bytes, base64url, newId, type Random, Refusal } from '@visor/record';
import type { Database, SqlPart } from '@visor/storage';
import type { Caller } from '../http/route.ts';

interface KeyRow {
  readonly site: string;
  readonly origin: string;
  readonly key: string;
  readonly label: string;
  readonly scopes: readonly string[];
}

export interface MadeKey {
  readonly key: string;
  readonly secret: string;
  readonly hash: Bytes;
}

const LIVES_MS = 1_000; // a revoked key stops within this time

/** A fresh key: 256 random bits that are shown once; only their SHA-256 is stored. */
export function makeKey(random: Random): MadeKey {
  const secret = `vsk_${base64url(random(32))}`;
  return { key: newId('key', random), secret, hash: hashOf(secret) };
}

export const hashOf = (secret: string): Bytes => createHash('sha256').update(secret).digest();

/** The row of a key, written with its entry. */
export const insertKey = (
  site: string,
  made: MadeKey,
  more: { scopes: readonly string[]; label: string; at: number },
): SqlPart => ({
  name: 'key_made',
  text: `INSERT INTO api_key (site, key, hash, scopes, label, made_at) SELECT $1, $2, $3, $4, $5, $6 FROM guard RETURNING 1`,
  values: [site, made.key, made.hash, more.scopes, more.label, more.at],
});

/** A key that has a successor lives on beside it until it is revoked; a third would be one that nobody remembers. */
const MOST_LIVING = 2;

/** The successor of a living key: the same scopes and label. No row where the key is revoked, or already has one. */
export const succeedKey = (site: string, made: MadeKey, more: { key: string; at: number }): SqlPart => ({
  name: 'key_made',
  text: `INSERT INTO api_key (site, key, hash, scopes, label, made_at)
    SELECT k.site, $3::text, $4::bytea, k.scopes, k.label, $5::bigint FROM guard, api_key k
    WHERE k.site = $1 AND k.key = $2 AND k.revoked_at IS NULL
      AND (SELECT count(*) FROM api_key o WHERE o.site = k.site AND o.label = k.label AND o.revoked_at IS NULL) < $6::int
    RETURNING 1`,
  values: [site, more.key, made.key, made.hash, more.at, MOST_LIVING],
});

/** No row where it was revoked before. */
export const revokeKey = (site: string, key: string, at: number): SqlPart => ({
  name: 'key_revoked',
  text: `UPDATE api_key SET revoked_at = $3::bigint FROM guard WHERE site = $1 AND key = $2 AND revoked_at IS NULL RETURNING 1`,
  values: [site, key, at],
});

export interface KeptKey {
  readonly key: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly made_at: number;
  readonly revoked_at: number | null;
}

/** The keys of a site, the newest last; of a key itself nothing is kept that could be shown. */
export const keysOf = (db: Database, site: string): Promise<readonly KeptKey[]> =>
  db.query<KeptKey>({
    text: 'SELECT key, label, scopes, made_at, revoked_at FROM api_key WHERE site = $1 ORDER BY made_at, key',
    values: [site],
  });

/** Finds whose key a request carries; remembers living ones for a second, so that a read costs no look-up each. */
export function keyRing(db: Database, now: () => number): (header: string | undefined) => Promise<Caller> {
  const known = new Map<string, { caller: Caller; until: number }>();
  return async (header) => {
    const secret = /^Bearer (vsk_[A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1];
    if (secret === undefined) throw new Refusal('request.key');
    const held = known.get(secret);
    if (held !== undefined && held.until > now()) return held.caller;
    const rows = await db.query<KeyRow>({
      text: `SELECT k.site, s.origin, k.key, k.label, k.scopes FROM api_key k JOIN site s ON s.site = k.site
             WHERE k.hash = $1 AND k.revoked_at IS NULL AND s.state = 'living'`,
      values: [hashOf(secret)],
    });
    const caller = rows[0];
    if (caller === undefined) {
      known.delete(secret);
      throw new Refusal('request.key');
    }
    if (known.size > 10_000) known.clear();
    known.set(secret, { caller, until: now() + LIVES_MS });
    return caller;
  };
}
