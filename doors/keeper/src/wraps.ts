/**
 * How one key wraps another. The additional data of every wrap names the site, the person, the serial of the person key
 * and the generation, so that a row moved elsewhere, or yesterday's row, does not open.
 */
import { type Bytes, canonicalBytes, type Json, Refusal } from '@visor/record';
import type { GroupKeyArgument, PersonKeyArgument } from './arguments.ts';
import { open, seal } from './cipher.ts';
import { type Core, siteOf } from './core.ts';
import type { SiteKeys } from './key-ring.ts';
import { personName } from './memory.ts';

const aad = (...parts: readonly Json[]): Bytes => canonicalBytes(['visor/wrap/1', ...parts]);

/** @throws Refusal `vault.sealed` when the generation has ended. */
export function kekOf(site: SiteKeys, generation: number): Bytes {
  const found = site.generations.get(generation);
  if (found === undefined) throw new Refusal('vault.sealed', { what: 'generation', generation });
  return found.kek;
}

/** The generation that everything new is wrapped under. */
export function currentKek(site: SiteKeys): { generation: number; kek: Bytes } {
  return { generation: site.current, kek: kekOf(site, site.current) };
}

function opened(key: Bytes, wrap: Bytes, more: { aad: Bytes; what: string }): Bytes {
  const plain = open(key, wrap, more.aad);
  if (plain === undefined) throw new Refusal('vault.sealed', { what: more.what });
  return plain;
}

interface PersonAt {
  readonly site: string;
  readonly person: string;
  readonly serial: number;
}

const personAad = ({ site, person, serial }: PersonAt, generation: number): Bytes =>
  aad('person key', site, person, serial, generation);

export const wrapPersonKey = (kek: Bytes, key: Bytes, at: PersonAt & { generation: number }): Bytes =>
  seal(kek, key, personAad(at, at.generation));

/** @throws Refusal `keeper.serial.dead` for a burnt serial, `vault.sealed` when it does not open */
export function openPersonKey(core: Core, site: string, key: PersonKeyArgument): Bytes {
  refuseBurnt(core, { site, person: key.person, serial: key.serial });
  const kek = kekOf(siteOf(core, site), key.generation);
  return opened(kek, key.wrap, { aad: personAad({ site, ...key }, key.generation), what: 'person key' });
}

export function refuseBurnt(core: Core, { site, person, serial }: PersonAt): void {
  const burnt = core.memory.burnt.get(personName(site, person));
  if (burnt === undefined) return;
  if (burnt.erased || serial < burnt.below) throw new Refusal('keeper.serial.dead', { person, serial });
}

/** What stands under a person key: `group`, `filing`, or the secret of one consent. */
export type Personal = 'group' | 'filing' | { readonly consent: string };

const personalAad = (at: PersonAt, what: Personal): Bytes =>
  typeof what === 'string'
    ? aad(what, at.site, at.person, at.serial)
    : aad('consent', at.site, at.person, at.serial, what.consent);

export const wrapPersonal = (personKey: Bytes, secret: Bytes, at: PersonAt & { what: Personal }): Bytes =>
  seal(personKey, secret, personalAad(at, at.what));

export function openPersonal(personKey: Bytes, wrap: Bytes, at: PersonAt & { what: Personal }): Bytes {
  const what = typeof at.what === 'string' ? at.what : 'consent secret';
  return opened(personKey, wrap, { aad: personalAad(at, at.what), what });
}

interface Owned {
  readonly site: string;
  readonly of: 'organisation' | 'actor' | 'case';
  readonly owner: string;
}

const ownedAad = ({ site, of, owner }: Owned, generation: number): Bytes => aad(of, site, owner, generation);

export const wrapGroupKey = (kek: Bytes, key: Bytes, at: Owned & { generation: number }): Bytes =>
  seal(kek, key, ownedAad(at, at.generation));

export function openOwned(site: SiteKeys, wrap: Bytes, at: Owned & { generation: number }): Bytes {
  const kek = kekOf(site, at.generation);
  return opened(kek, wrap, { aad: ownedAad(at, at.generation), what: `${at.of} key` });
}

/** The key that the seeds of a group come from. */
export function openGroupKey(core: Core, site: string, key: GroupKeyArgument): Bytes {
  if (key.of !== 'person') {
    return openOwned(siteOf(core, site), key.wrap, { site, of: key.of, owner: key.owner, generation: key.generation });
  }
  const personKey = openPersonKey(core, site, key.key);
  const at = { site, person: key.key.person, serial: key.key.serial };
  return openPersonal(personKey, key.group, { ...at, what: 'group' });
}
