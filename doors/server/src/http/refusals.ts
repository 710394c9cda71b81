import type { Instant, RefusalCode } from '@visor/record';
import type { Caller } from './route.ts';

/** One line for the ledger: so many refusals of one cause in one minute at one site. */
export interface Counted {
  readonly site: string;
  readonly cause: string;
  readonly count: number;
  readonly minute: number;
}

export interface Refusals {
  /** Counts a refusal; a key's own denials are entered at once while they are few. */
  note(caller: Caller | undefined, code: string): Promise<void>;
  /** Enters what was counted in the minutes that are over. */
  flush(all?: boolean): Promise<void>;
}

/** Causes that are counted: strangers at the door, things that are not there. What a route's own table refuses is no denial. */
const COUNTED: ReadonlySet<string> = new Set<RefusalCode>([
  'request.key',
  'request.host',
  'request.origin',
  'request.not-found',
  'request.scope',
]);

const AT_ONCE_A_MINUTE = 10;
const MOST_KINDS = 1_000; // a stranger chooses none of the parts of the key, so this is only a belt

/**
 * @param house  site that keeps what cannot be laid to a site of its own
 * @param enter  writes one entry and resolves when it is durable
 */
export function countRefusals(house: string, now: () => Instant, enter: (counted: Counted) => Promise<void>): Refusals {
  const { counts, add } = tally();
  const spent = new Map<string, number>();
  const minuteNow = (): number => Math.floor(now() / 60_000);
  /** What could not be entered stays counted, and whoever waits is told. */
  const entered = async (counted: Counted): Promise<void> => {
    try {
      await enter(counted);
    } catch (error) {
      add(counted);
      throw error;
    }
  };
  return {
    async note(caller, code) {
      if (!COUNTED.has(code)) return;
      const minute = minuteNow();
      const site = caller?.site ?? house;
      if (caller !== undefined && code === 'request.scope') {
        const budget = `${caller.key} ${minute}`;
        const used = spent.get(budget) ?? 0;
        spent.set(budget, used + 1);
        if (used < AT_ONCE_A_MINUTE) return entered({ site, cause: code, count: 1, minute });
      }
      add({ site, cause: code, count: 1, minute });
    },
    async flush(all = false) {
      const minute = minuteNow();
      for (const key of spent.keys()) if (!key.endsWith(` ${minute}`)) spent.delete(key);
      for (const [key, counted] of counts) {
        if (!all && counted.minute >= minute) continue;
        counts.delete(key);
        await entered(counted);
      }
    },
  };
}

/** Refusals that wait for their minute to be over, by site, cause and minute. */
function tally(): { readonly counts: Map<string, Counted>; readonly add: (counted: Counted) => void } {
  const counts = new Map<string, Counted>();
  return {
    counts,
    add(counted) {
      const key = `${counted.site} ${counted.cause} ${counted.minute}`;
      const before = counts.get(key);
      if (before === undefined && counts.size >= MOST_KINDS) return;
      counts.set(key, { ...counted, count: (before?.count ?? 0) + counted.count });
    },
  };
}
