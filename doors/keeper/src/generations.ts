import { type Bytes, instant, Refusal } from '@visor/record';
import { type Core, remember, siteOf } from './core.ts';
import { type KeyRing, type SiteKeys, withSite } from './key-ring.ts';
import { currentKek, openOwned, openPersonKey, wrapGroupKey, wrapPersonKey } from './wraps.ts';

const oldest = (site: SiteKeys): number => Math.min(...site.generations.keys());

export function generations(core: Core, site: string) {
  const keys = siteOf(core, site);
  return [...keys.generations].map(([generation, { begun }]) => ({
    ...{ generation, begun: instant(begun), current: generation === keys.current },
    lastKeyBackup: lastBackup(core, site, generation),
  }));
}

/** When the last key backup expires that holds a generation; after that moment nobody needs to believe it is gone. */
function lastBackup(core: Core, site: string, generation: number) {
  const ends = core.store.ring.backups
    .filter(({ held }) => held.some((one) => one.site === site && one.oldest <= generation && generation <= one.newest))
    .map(({ expires }) => expires);
  return ends.length === 0 ? null : instant(Math.max(...ends));
}

/**
 * Begins a new generation: from here on nothing is wrapped under the old one. Asked again while the old one still
 * lives, it answers the one that was begun.
 */
export async function switchGeneration(core: Core, site: string): Promise<number> {
  siteOf(core, site);
  const ring = await core.store.change((before) => switched(core, before, site));
  return ring.sites.get(site)!.current;
}

function switched(core: Core, ring: KeyRing, site: string): KeyRing {
  const keys = ring.sites.get(site)!; // sites are never taken away
  if (oldest(keys) !== keys.current) return ring;
  const current = keys.current + 1;
  const generations = new Map([...keys.generations, [current, { begun: core.now(), kek: core.random(32) }]]);
  return withSite(ring, { ...keys, current, generations });
}

type Row =
  | { readonly of: 'person'; readonly person: string; readonly serial: number; readonly wrap: Bytes }
  | { readonly of: 'organisation' | 'actor' | 'case'; readonly owner: string; readonly wrap: Bytes };

/** Wraps what an older generation wrapped under the current one. A burnt serial gets an empty wrap: its row is stale. */
export function rewrap(core: Core, of: { site: string; from: number; rows: readonly Row[] }) {
  const { generation, kek } = currentKek(siteOf(core, of.site));
  const wraps = of.rows.map((row) => rewrapped(core, row, { site: of.site, from: of.from, generation, kek }));
  return { generation, wraps };
}

function rewrapped(core: Core, row: Row, at: { site: string; from: number; generation: number; kek: Bytes }): Bytes {
  const { site, from, generation, kek } = at;
  if (row.of === 'person') {
    const { person, serial, wrap } = row;
    try {
      const key = openPersonKey(core, site, { person, serial, generation: from, wrap });
      return wrapPersonKey(kek, key, { site, person, serial, generation });
    } catch (cause) {
      if (cause instanceof Refusal && cause.code === 'keeper.serial.dead') return new Uint8Array(0);
      throw cause;
    }
  }
  const { of, owner, wrap } = row;
  const key = openOwned(siteOf(core, site), wrap, { site, of, owner, generation: from });
  return wrapGroupKey(kek, key, { site, of, owner, generation });
}

interface Ending {
  readonly site: string;
  readonly generation: number;
  readonly rowsLeft: number;
  readonly transactionsOpen: number;
  readonly waived: boolean;
}

/**
 * Destroys a generation's key. What was burnt in it needs no remembering any more: nothing is left that could open it.
 * Asked again it answers the same.
 * @throws Refusal `keeper.generation.living`
 */
export async function endGeneration(core: Core, of: Ending): Promise<void> {
  siteOf(core, of.site);
  await core.store.change((ring) => ended(core, ring, of));
  remember(core, { is: 'ended', site: of.site, generation: of.generation });
  await core.journal.synced();
}

function ended(core: Core, ring: KeyRing, of: Ending): KeyRing {
  const keys = ring.sites.get(of.site)!; // looked up before
  const refuse = (what: string): Refusal =>
    new Refusal('keeper.generation.living', { what, generation: of.generation });
  if (of.generation >= keys.current) throw refuse('current');
  if (!keys.generations.has(of.generation)) return ring;
  if (of.generation !== oldest(keys)) throw refuse('older generation');
  if (of.rowsLeft > 0) throw refuse('rows');
  if (of.transactionsOpen > 0) throw refuse('transactions');
  if (!of.waived && !isBackedUp(core, ring, keys)) throw refuse('key backup');
  const generations = new Map([...keys.generations].filter(([generation]) => generation !== of.generation));
  return withSite(ring, { ...keys, generations });
}

/** Whether a key backup that holds the current generation was read back and has not expired. */
function isBackedUp(core: Core, ring: KeyRing, keys: SiteKeys): boolean {
  return ring.backups.some(
    ({ read, expires, held }) =>
      read && expires > core.now() && held.some(({ site, newest }) => site === keys.site && newest >= keys.current),
  );
}
