import type { Json } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Keeper, Release, ReleaseNumber, ReleaseRequest } from './ports.ts';

/** A release as an entry says it. */
export const releaseField = ({ boot, count }: ReleaseNumber): Json => ({ boot, count });

/** Committed where the act happened whose entry carries the releases; counted against the keeper's count a minute later. */
export const releasesEntered = (
  site: string,
  of: { numbers: readonly ReleaseNumber[]; at: number; made: string },
): SqlPart => ({
  name: 'releases_entered',
  text: `INSERT INTO released (site, boot, count, made_at)
    SELECT $1::text, n.boot, n.count, $4::bigint FROM ${of.made}, unnest($2::text[], $3::bigint[]) AS n (boot, count)
    ON CONFLICT DO NOTHING RETURNING 1`,
  values: [site, of.numbers.map(({ boot }) => boot), of.numbers.map(({ count }) => count), of.at],
});

/** Asks for a key, uses it, and leaves nothing of it behind. */
export async function withRelease<T>(
  keeper: Keeper,
  request: ReleaseRequest,
  use: (release: Release) => T | Promise<T>,
): Promise<T> {
  const release = await keeper.release(request);
  try {
    return await use(release);
  } finally {
    release.purposeKey.fill(0);
    release.rotationKey.fill(0);
  }
}
