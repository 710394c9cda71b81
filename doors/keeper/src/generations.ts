import { type Bytes, instant, Refusal } from '@visor/record';
import { type Core, remember, siteOf } from './core.ts';
import type { SiteKeys } from './key-file.ts';
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
  const ends = core.ring.backups
    .filter(({ held }) => held.some((one) => one.site === site && one.oldest <= generation && generation <= one.newest))
    .map(({ expires }) => expires);
  return ends.length === 0 ? null : instant(Math.max(...ends));
}

/**
 * Begins a new generation: from here on nothing is wrapped under the old one. Asked again while the old one still
 * lives, it answers the one that was begun.
 */
export async function switchGeneration(core: Core, site: string): Promise<number> {
  const keys = siteOf(core, site);
  if (oldest(keys) === keys.current) {
    keys.generations.set(keys.current + 1, { begun: core.now(), kek: core.random(32) });
    keys.current += 1;
    keys.sealed = undefined;
  }
  await core.store.save();
  return keys.current;
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

/**
 * Destroys a generation's key. What was burnt in it needs no remembering any more: there is nothing left that could open it.
 * @throws Refusal `keeper.generation.living`
 */
export async function endGeneration(
  core: Core,
  of: { site: string; generation: number; rowsLeft: number; transactionsOpen: number; waived: boolean },
): Promise<void> {
  const keys = siteOf(core, of.site);
  const refuse = (what: string): Refusal =>
    new Refusal('keeper.generation.living', { what, generation: of.generation });
  if (of.generation >= keys.current) throw refuse('current');
  if (keys.generations.has(of.generation)) {
    if (of.generation !== oldest(keys)) throw refuse('older generation');
    if (of.rowsLeft > 0) throw refuse('rows');
    if (of.transactionsOpen > 0) throw refuse('transactions');
    if (!of.waived && !isBackedUp(core, keys)) throw refuse('key backup');
    keys.generations.delete(of.generation);
    keys.sealed = undefined;
  }
  await core.store.save();
  remember(core, { is: 'ended', site: of.site, generation: of.generation });
  await core.journal.synced();
}

/** Whether a key backup that holds the current generation was read back and has not expired. */
function isBackedUp(core: Core, keys: SiteKeys): boolean {
  return core.ring.backups.some(
    ({ read, expires, held }) =>
      read && expires > core.now() && held.some(({ site, newest }) => site === keys.site && newest >= keys.current),
  );
}
