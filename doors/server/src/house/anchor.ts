import { writeAnchorCard } from '@visor/ledger';
import type { House } from './house.ts';
import { allSites } from './sites.ts';
import { sha256 } from './tools.ts';

export interface GivenHead {
  readonly size: number;
  readonly note: string;
}

/**
 * The card to leave with someone outside: the key's fingerprint and a signed head of every log. Each head is
 * remembered, so that later bundles carry the proof that they grew out of it.
 */
export async function anchorCard(
  house: Pick<House, 'db' | 'ledger' | 'now' | 'originPrefix' | 'logKey'>,
): Promise<string> {
  const heads: string[] = [];
  for (const { site, origin } of await allSites(house.db)) {
    const head = await house.ledger.head(origin);
    if (head === undefined || head.size === 0) continue;
    heads.push(head.note);
    await house.db.query({
      text: 'INSERT INTO anchor_head (site, size, note, given_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      values: [site, head.size, head.note, house.now()],
    });
  }
  return writeAnchorCard(sha256, { publicKey: house.logKey, prefix: house.originPrefix, heads });
}

const MOST_EARLIER = 64;

/** Heads that were given out of this log, the newest first; a bundle links itself to so many of them. */
export function givenHeads(db: House['db'], site: string): Promise<readonly GivenHead[]> {
  return db.query<GivenHead>({
    text: 'SELECT size, note FROM anchor_head WHERE site = $1 ORDER BY size DESC LIMIT $2',
    values: [site, MOST_EARLIER],
  });
}
