import { SLOTS } from '@visor/ledger';
import { base64, type Instant, instant, type JsonObject, rfc3339 } from '@visor/record';
import type { Sql } from '@visor/storage';
import type { Call } from './acts.ts';
import { commitAct, enterAct } from './commit-act.ts';
import type { Context } from './context.ts';
import { livingSite } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { SignedCount } from './ports.ts';
import { readyEntry } from './prepare-entry.ts';
import { shownEntry } from './show-entry.ts';

const MINUTE_MS = 60_000;
const SETTLED_MINUTES = 2; // an act that got its key in a minute has entered it a whole minute later, or never will
const LISTED = 8; // numbers that an entry names; how many there are it says in any case
const KEPT_MS = 60 * MINUTE_MS;

/**
 * Enters what the keeper counted in each minute that is over, beside how many of those releases stand in no entry, and
 * shows the keeper the entry. Stopped anywhere it is done again: a count may then be entered twice, never left out.
 */
export async function enterCounts(context: Context, callFor: (site: string) => Promise<Call>): Promise<number> {
  const settled = Math.floor(context.now() / MINUTE_MS) - SETTLED_MINUTES;
  const counts = (await context.keeper.counts()).filter(({ minute }) => minute <= settled);
  for (const count of counts) await enterCount(context, await callFor(count.site), count);
  return counts.length;
}

async function enterCount(context: Context, call: Call, count: SignedCount): Promise<void> {
  const { site, minute, boot } = count;
  const entered = await enteredReleases(context.db, count);
  const missing = count.numbers.filter((number) => !entered.has(number));
  const fields: JsonObject = {
    minute: rfc3339(instant(minute * MINUTE_MS)),
    released: { boot, count: count.released, first: count.first, last: count.last, signature: base64(count.signature) },
    unmatched: { count: count.released - entered.size, numbers: missing.slice(0, LISTED) },
  };
  const counted = await onceMore(context, call, {
    work: async () => {
      const ready = await readyEntry(context, call, { kind: 'release.counted', organisation: fields });
      await commitAct(context, call, { ready, statement: { living: livingSite(site), parts: [], made: 'guard' } });
      return shownEntry(ready, await enterAct(context, call, ready), [SLOTS.organisation]);
    },
  });
  await context.keeper.showCount({ site, minute, boot, counted });
  await forgetReleases(context.db, count, context.now());
}

async function enteredReleases(sql: Sql, { site, boot, first, last }: SignedCount): Promise<ReadonlySet<number>> {
  const rows = await sql.query<{ count: number }>({
    name: 'vault_releases_entered',
    text: 'SELECT count FROM released WHERE site = $1 AND boot = $2 AND count BETWEEN $3 AND $4',
    values: [site, boot, first, last],
  });
  return new Set(rows.map(({ count }) => count));
}

async function forgetReleases(sql: Sql, { site, boot, first, last }: SignedCount, now: Instant): Promise<void> {
  await sql.query({
    name: 'vault_releases_counted',
    text: `DELETE FROM released WHERE site = $1
      AND ((boot = $2 AND count BETWEEN $3 AND $4) OR made_at < $5)`,
    values: [site, boot, first, last, now - KEPT_MS],
  });
}
