import { type Bytes, hex, type Instant, type Random, Refusal } from '@visor/record';
import { type BudgetSizes, Budgets } from './budgets.ts';
import { type SigningKey, signingKey } from './ed25519.ts';
import type { Journal } from './journal.ts';
import type { SiteKeys } from './key-ring.ts';
import type { KeyStore } from './key-store.ts';
import { apply, type Memory, type MemoryRecord } from './memory.ts';

/** Everything the operations stand on; one a keeper process. */
export interface Core {
  readonly store: KeyStore;
  readonly memory: Memory;
  readonly journal: Journal;
  readonly budgets: Budgets;
  readonly now: () => Instant;
  readonly random: Random;
  readonly boot: string;
  readonly log: SigningKey;
  readonly filingPublic: Bytes;
  readonly decisions: Map<string, SigningKey>;
  readonly fresh: Fresh;
}

/** What changed since the last sync and is written by the next one. */
export interface Fresh {
  released: number; // the running number of the last release
  readonly edges: Set<string>;
  readonly counts: Set<string>;
  readonly numbers: Map<string, number[]>; // the releases of each count, for whoever looks for unmatched ones
  readonly allShown: Map<string, number>; // site → the minute in which nothing was found that is owed
}

export function coreOf(parts: {
  store: KeyStore;
  memory: Memory;
  journal: Journal;
  budgets: BudgetSizes;
  now: () => Instant;
  random: Random;
  filingPublic: Bytes;
}): Core {
  const { store, memory, journal, now } = parts;
  return {
    ...{ store, memory, journal, now, random: parts.random, filingPublic: parts.filingPublic },
    budgets: new Budgets({ memory, remember: (record) => remember({ memory, journal }, record), now }, parts.budgets),
    boot: hex(parts.random(8)),
    log: signingKey(store.ring.log),
    decisions: new Map(),
    fresh: { released: 0, edges: new Set(), counts: new Set(), numbers: new Map(), allShown: new Map() },
  };
}

/** Applies a record now and writes it with the next sync. */
export function remember({ memory, journal }: Pick<Core, 'memory' | 'journal'>, record: MemoryRecord): void {
  apply(memory, record);
  journal.append(record);
}

/** @throws Refusal `request.not-found` */
export function siteOf(core: Core, site: string): SiteKeys {
  const found = core.store.ring.sites.get(site);
  if (found === undefined) throw new Refusal('request.not-found', { site });
  return found;
}

export function decisionKey(core: Core, site: string): SigningKey {
  const held = core.decisions.get(site);
  if (held !== undefined) return held;
  const made = signingKey(siteOf(core, site).decision);
  core.decisions.set(site, made);
  return made;
}

/** Writes what changed since the last time; resolves when it is durable. */
export function settle(core: Core): Promise<void> {
  for (const origin of core.fresh.edges) {
    const { size, hashes } = core.memory.edges.get(origin)!;
    core.journal.append({ is: 'edge', origin, size, hashes });
  }
  for (const name of core.fresh.counts) {
    const count = core.memory.counts.get(name);
    if (count !== undefined) core.journal.append({ is: 'count', ...count });
  }
  core.fresh.edges.clear();
  core.fresh.counts.clear();
  return core.journal.synced();
}
