/**
 * The keys that never leave the keeper, in one file that is replaced whole. It is sealed under the house root; inside,
 * what belongs to a site is sealed again under that site's key, so that a site ends with its one key.
 */
import { type Bytes, concat, Refusal, utf8 } from '@visor/record';
import { open, seal, subKey } from './cipher.ts';
import { readWhole, replaceWhole } from './folder.ts';
import * as shape from './shape.ts';
import { decode, encode, type Wire } from './wire.ts';

const HEADER = utf8('VISORKEYS1\n');
const NAME = 'keys.sealed';
const MOST = 256 * 1024 * 1024;

export interface Generation {
  readonly begun: number; // ms
  readonly kek: Bytes; //    32
}

export interface SiteKeys {
  readonly site: string;
  readonly origin: string;
  readonly key: Bytes; //      32
  readonly decision: Bytes; // 32, an Ed25519 seed
  current: number;
  readonly generations: Map<number, Generation>;
  sealed: Bytes | undefined; // its form in the file, until something of it changes
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
  readonly sites: Map<string, SiteKeys>;
  backups: readonly BackupNote[];
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

function sealedSite(site: SiteKeys): Bytes {
  const generations = [...site.generations].map(([generation, { begun, kek }]) => ({ generation, begun, kek }));
  const inside = encode({ decision: site.decision, current: site.current, generations });
  return seal(subKey(site.key, 'site keys'), inside, siteAad(site.site, site.origin));
}

/** The ring as bytes: all secrets of a site stand under its key. */
export function packRing(ring: KeyRing): Bytes {
  const sites = [...ring.sites.values()].map((site) => {
    site.sealed ??= sealedSite(site);
    return { site: site.site, origin: site.origin, key: site.key, sealed: site.sealed };
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
  return {
    ...{ site: read.site, origin: read.origin, key: read.key, sealed: read.sealed, decision, current },
    generations: new Map(generations.map(({ generation, begun, kek }) => [generation, { begun, kek }])),
  };
}

/** @throws Refusal `keeper.foreign` when the file is sealed under another root. */
export async function readKeyFile(folder: string, root: Bytes): Promise<KeyRing | undefined> {
  const bytes = await readWhole(folder, NAME, MOST);
  if (bytes === undefined) return undefined;
  const plain = open(subKey(root, 'key file'), bytes.subarray(HEADER.length), HEADER);
  if (plain === undefined) throw new Refusal('keeper.foreign', { what: 'root' });
  return unpackRing(plain);
}

/** Writes the ring whenever it is asked to, one at a time; a save that waits takes all changes made until it begins. */
export class KeyStore {
  readonly #folder: string;
  readonly #root: Bytes;
  readonly ring: KeyRing;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(folder: string, root: Bytes, ring: KeyRing) {
    this.#folder = folder;
    this.#root = root;
    this.ring = ring;
  }

  /** Resolves when the ring as it is now is durable. */
  save(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const before = this.#running;
    if (before === undefined) return this.#start();
    this.#next = before.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    const run = this.#write().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  #write(): Promise<void> {
    const sealed = seal(subKey(this.#root, 'key file'), packRing(this.ring), HEADER);
    return replaceWhole(this.#folder, NAME, concat([HEADER, sealed]));
  }

  /** Seals bytes that leave the keeper but still belong to the root: key backups. */
  sealForRoot(what: string, plain: Bytes, aad: Bytes): Bytes {
    return seal(subKey(this.#root, what), plain, aad);
  }

  openForRoot(what: string, sealed: Bytes, aad: Bytes): Bytes | undefined {
    return open(subKey(this.#root, what), sealed, aad);
  }
}
