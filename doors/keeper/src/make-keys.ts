import { isOrigin } from '@visor/ledger';
import { type Bytes, concat, Refusal, utf8 } from '@visor/record';
import type { PersonKeyArgument } from './arguments.ts';
import { hmac, subKey } from './cipher.ts';
import { type Core, decisionKey, siteOf } from './core.ts';
import { vrfOutput } from './ecvrf.ts';
import { type KeyRing, withSite } from './key-ring.ts';
import { currentKek, openPersonal, openPersonKey, wrapGroupKey, wrapPersonal, wrapPersonKey } from './wraps.ts';

/** Names a person key without saying it: what a certificate of deletion calls the key that is gone. 16 bytes. */
const keyIdOf = (personKey: Bytes): Bytes => hmac(personKey, utf8('visor person key id 1')).slice(0, 16);

/** A site may be asked for twice (the server may have died in between) and keeps the keys of the first time. */
export async function makeSite(core: Core, of: { site: string; origin: string }) {
  if (!isOrigin(of.origin)) throw new Refusal('request.body', { at: 'origin' });
  await core.store.change((ring) => ringWith(core, ring, of));
  const { generation, wrap } = makeGroupKey(core, { site: of.site, of: 'organisation', owner: '' });
  return { generation, organisation: wrap, decisionKey: decisionKey(core, of.site).publicKey };
}

function ringWith(core: Core, ring: KeyRing, { site, origin }: { site: string; origin: string }): KeyRing {
  const known = ring.sites.get(site);
  if (known?.origin === origin) return ring;
  for (const other of ring.sites.values()) {
    if (other.origin === origin || other === known) throw new Refusal('request.state', { what: 'origin', site });
  }
  const generations = new Map([[1, { begun: core.now(), kek: core.random(32) }]]);
  return withSite(ring, { site, origin, key: core.random(32), decision: core.random(32), current: 1, generations });
}

export function makeGroupKey(core: Core, of: { site: string; of: 'organisation' | 'actor' | 'case'; owner: string }) {
  const { generation, kek } = currentKek(siteOf(core, of.site));
  return { generation, wrap: wrapGroupKey(kek, core.random(32), { ...of, generation }) };
}

/**
 * Person key, ledger group key and filing id of a new person, and the tag under which the ledger files them: the first
 * 32 bytes of the VRF output over origin | 0x00 | filing id, which nobody can compute again once the id is gone.
 */
export function makePerson(core: Core, of: { site: string; person: string }) {
  const site = siteOf(core, of.site);
  const { generation, kek } = currentKek(site);
  const at = { site: of.site, person: of.person, serial: 1 };
  const [key, group, filing] = [core.random(32), core.random(32), core.random(32)];
  const alpha = concat([utf8(site.origin), Uint8Array.of(0), filing]);
  const output = vrfOutput({ secretKey: core.store.ring.filing, publicKey: core.filingPublic }, alpha);
  return {
    ...{ generation, serial: 1, keyId: keyIdOf(key), tag: output.slice(0, 32) },
    wrap: wrapPersonKey(kek, key, { ...at, generation }),
    group: wrapPersonal(key, group, { ...at, what: 'group' }),
    filing: wrapPersonal(key, filing, { ...at, what: 'filing' }),
  };
}

export function makeConsent(core: Core, of: { site: string; key: PersonKeyArgument; consent: string }): Bytes {
  const personKey = openPersonKey(core, of.site, of.key);
  const at = { site: of.site, person: of.key.person, serial: of.key.serial };
  return wrapPersonal(personKey, core.random(32), { ...at, what: { consent: of.consent } });
}

/**
 * The first half of a withdrawal: what stays is wrapped under a new person key of the next serial. Nothing is
 * forgotten here; that is `burn`, after the rows are committed.
 */
export function rekeyPerson(
  core: Core,
  of: {
    site: string;
    key: PersonKeyArgument;
    group: Bytes;
    filing: Bytes;
    consents: readonly { consent: string; secret: Bytes }[];
  },
) {
  const old = openPersonKey(core, of.site, of.key);
  const from = { site: of.site, person: of.key.person, serial: of.key.serial };
  const to = { ...from, serial: from.serial + 1 };
  const { generation, kek } = currentKek(siteOf(core, of.site));
  const key = core.random(32);
  const again = (wrap: Bytes, what: 'group' | 'filing' | { consent: string }): Bytes =>
    wrapPersonal(key, openPersonal(old, wrap, { ...from, what }), { ...to, what });
  return {
    ...{ generation, serial: to.serial, keyId: keyIdOf(key) },
    wrap: wrapPersonKey(kek, key, { ...to, generation }),
    group: again(of.group, 'group'),
    filing: again(of.filing, 'filing'),
    secrets: of.consents.map(({ consent, secret }) => again(secret, { consent })),
  };
}

/** HMAC under a key of the site: finds the same value again and says nothing about it to whoever lacks the site key. */
export function lookupMark(core: Core, of: { site: string; what: string; value: Bytes }): Bytes {
  const key = subKey(siteOf(core, of.site).key, `lookup|${of.what}`);
  return hmac(key, of.value);
}
