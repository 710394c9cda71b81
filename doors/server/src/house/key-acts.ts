/** The life of a site's keys: made, succeeded, revoked. A secret leaves here once and is nowhere afterwards. */
import { instant, type Json, type JsonObject, newId, Refusal, rfc3339 } from '@visor/record';
import { SCOPES } from '../http/route.ts';
import type { House } from './house.ts';
import { insertKey, keysOf, makeKey, revokeKey, succeedKey } from './keys.ts';
import { newSite, siteOf, sitePart } from './sites.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .&'()-]{0,63}$/u;

/** A new site with its first key. The secret leaves this function once and is nowhere afterwards. */
export async function makeSiteKey(house: House, args: JsonObject): Promise<Json> {
  const name = typeof args.site === 'string' && NAME.test(args.site) ? args.site : undefined;
  if (name === undefined) throw new Refusal('request.body', { at: 'site' });
  const scopes = Array.isArray(args.scopes) ? args.scopes.map(String) : SCOPES;
  for (const scope of scopes) {
    if (!SCOPES.some((known) => known === scope)) throw new Refusal('request.body', { at: 'scopes' });
  }
  const fresh = newSite(house.originPrefix, house.random);
  const at = house.now();
  const call = { ...(await house.callFor(house.own.site)), ...fresh, at };
  await house.vault.createSite(call, { parts: [sitePart({ ...fresh, name, kind: 'site' }, at)] });
  const made = makeKey(house.random);
  const part = insertKey(fresh.site, made, { scopes, label: name, at });
  const act = newId('act', house.random);
  await house.vault.record(
    { ...call, act },
    { kind: 'key.created', fields: { key: made.key, scopes: [...scopes] }, parts: [part] },
  );
  return { site: fresh.site, origin: fresh.origin, key: made.key, secret: made.secret, scopes: [...scopes] };
}

/** The keys of a site: ids, labels, scopes, times. */
export async function listKeys(house: House, args: JsonObject): Promise<Json> {
  const { site } = await siteOf(house.db, String(args.site));
  const keys = await keysOf(house.db, site);
  return {
    site,
    keys: keys.map(({ key, label, scopes, made_at, revoked_at }) => ({
      ...{ key, label, scopes: [...scopes], made_at: rfc3339(instant(made_at)) },
      revoked_at: revoked_at === null ? null : rfc3339(instant(revoked_at)),
    })),
  };
}

/**
 * A second key with the scopes of the first; both live until one is revoked.
 * @throws Refusal `request.not-found`; `request.state` when the key is revoked or has a successor already
 */
export async function rotateKey(house: House, args: JsonObject): Promise<Json> {
  const { site, kept, call } = await keyOf(house, args);
  const made = makeKey(house.random);
  await house.vault.record(call, {
    kind: 'key.created',
    fields: { key: made.key, scopes: [...kept.scopes] },
    parts: [succeedKey(site, made, { key: kept.key, at: call.at })],
    made: 'key_made',
  });
  return { site, key: made.key, secret: made.secret, scopes: [...kept.scopes], beside: kept.key };
}

/** @throws Refusal `request.not-found`; `request.state` when it was revoked before */
export async function endKey(house: House, args: JsonObject): Promise<Json> {
  const { site, kept, call } = await keyOf(house, args);
  const parts = [revokeKey(site, kept.key, call.at)];
  await house.vault.record(call, { kind: 'key.revoked', fields: { key: kept.key }, parts, made: 'key_revoked' });
  return { site, key: kept.key, revoked_at: rfc3339(call.at) };
}

async function keyOf(house: House, args: JsonObject) {
  const { site } = await siteOf(house.db, String(args.site));
  const kept = (await keysOf(house.db, site)).find(({ key }) => key === args.key);
  if (kept === undefined) throw new Refusal('request.not-found', { what: 'key' });
  return { site, kept, call: await house.callFor(site) };
}
