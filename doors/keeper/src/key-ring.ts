/**
 * The keys that never leave the keeper. What belongs to a site is sealed under that site's key even here, inside a file
 * that is itself sealed under the house root; so a site ends with its one key.
 */
import { type Bytes, Refusal, utf8 } from '@visor/record';
import { open, seal, subKey } from './cipher.ts';
import * as shape from './shape.ts';
import { decode, encode, type Wire } from './wire.ts';

export interface Generation {
  readonly begun: number; // ms
  readonly kek: Bytes; //    32
}

export interface SiteKeys {
  readonly site: string;
  readonly origin: string;
  readonly key: Bytes; //      32
  readonly decision: Bytes; // 32, an Ed25519 seed
  readonly current: number; // the generation that everything new is wrapped under
  readonly generations: ReadonlyMap<number, Generation>;
}

/** One key backup that was made: until it expires, what it holds can come back. */
export interface BackupNote {
  readonly id: string;
  readonly made: number;
  readonly expires: number;
  readonly read: boolean;
  readonly held: readonly { readonly site: string; readonly oldest: number; readonly newest: number }[];
}

export interface KeyRing {
  readonly house: string;
  readonly log: Bytes; //    32, an Ed25519 seed
  readonly filing: Bytes; // 32, an ECVRF secret key
  readonly sites: ReadonlyMap<string, SiteKeys>;
  readonly backups: readonly BackupNote[];
}

const key = shape.bytes(32);
const word = shape.words(/^/, 300);
const whole = shape.whole(0, Number.MAX_SAFE_INTEGER);
const ringShape = shape.members({
  house: word,
  log: key,
  filing: key,
  sites: shape.list(shape.members({ site: word, origin: word, key, sealed: shape.bytes(0, 4096) }), 1_000_000),
  backups: shape.list(
    shape.members({
      id: word,
      made: whole,
      expires: whole,
      read: shape.yesNo,
      held: shape.list(shape.members({ site: word, oldest: whole, newest: whole }), 1_000_000),
    }),
    10_000,
  ),
});
const siteShape = shape.members({
  decision: key,
  current: whole,
  generations: shape.list(shape.members({ generation: whole, begun: whole, kek: key }), 8),
});

const siteAad = (site: string, origin: string): Bytes => utf8(`visor site keys 1|${site}|${origin}`);

/** Rings change a site at a time; the others keep their sealed form. */
const SEALED = new WeakMap<SiteKeys, Bytes>();

function sealedSite(site: SiteKeys): Bytes {
  const known = SEALED.get(site);
  if (known !== undefined) return known;
  const generations = [...site.generations].map(([generation, { begun, kek }]) => ({ generation, begun, kek }));
  const inside = encode({ decision: site.decision, current: site.current, generations });
  const sealed = seal(subKey(site.key, 'site keys'), inside, siteAad(site.site, site.origin));
  SEALED.set(site, sealed);
  return sealed;
}

/** The ring as bytes: all secrets of a site stand under its key. */
export function packRing(ring: KeyRing): Bytes {
  const sites = [...ring.sites.values()].map((site) => {
    return { site: site.site, origin: site.origin, key: site.key, sealed: sealedSite(site) };
  });
  const { house, log, filing, backups } = ring;
  return encode({ house, log, filing, sites, backups: backups.map((note) => ({ ...note })) });
}

/** @throws Refusal `request.body` for what `packRing` does not write, `keeper.foreign` when a site's part does not open. */
export function unpackRing(bytes: Bytes): KeyRing {
  const read = ringShape(decode(bytes), 'ring');
  return { ...read, sites: new Map(read.sites.map((site) => [site.site, siteOf(site)])) };
}

function siteOf(read: { site: string; origin: string; key: Bytes; sealed: Bytes }): SiteKeys {
  const plain = open(subKey(read.key, 'site keys'), read.sealed, siteAad(read.site, read.origin));
  if (plain === undefined) throw new Refusal('keeper.foreign', { what: 'site', site: read.site });
  const inside: Wire = decode(plain);
  const { decision, current, generations } = siteShape(inside, 'site');
  const site: SiteKeys = {
    ...{ site: read.site, origin: read.origin, key: read.key, decision, current },
    generations: new Map(generations.map(({ generation, begun, kek }) => [generation, { begun, kek }])),
  };
  SEALED.set(site, read.sealed);
  return site;
}

/** The ring with one site put in or changed. */
export const withSite = (ring: KeyRing, site: SiteKeys): KeyRing => ({
  ...ring,
  sites: new Map([...ring.sites, [site.site, site]]),
});
