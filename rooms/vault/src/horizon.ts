import { instant, type JsonObject, Refusal, rfc3339 } from '@visor/record';
import type { Horizon } from './acts.ts';
import type { Keeper } from './ports.ts';

/** A key generation is planned to live so long. */
export const GENERATION_MS = 7 * 86_400_000;

/** When what was wrapped under this generation is out of reach. @throws Refusal `request.not-found` */
export async function horizonOf(
  keeper: Keeper,
  site: string,
  generation: number,
): Promise<Horizon & { readonly passed: boolean }> {
  const living = await keeper.generations(site);
  const newest = Math.max(...living.map((one) => one.generation));
  if (!Number.isSafeInteger(generation) || generation < 1 || generation > newest) {
    throw new Refusal('request.not-found', { what: 'generation' });
  }
  const found = living.find((one) => one.generation === generation);
  const begun = found?.begun ?? Math.min(...living.map((one) => one.begun));
  return {
    generation,
    ends: rfc3339(instant(found === undefined ? begun : begun + GENERATION_MS)),
    lastKeyBackup: found?.lastKeyBackup == null ? null : rfc3339(found.lastKeyBackup),
    passed: found === undefined,
  };
}

export const horizonFields = ({ generation, ends, lastKeyBackup }: Horizon): JsonObject => ({
  generation,
  ends,
  last_key_backup: lastKeyBackup,
});

/**
 * What a certificate of deletion says in words. It claims no more than is so: until the key generation has ended, old
 * copies can still be opened by whoever also has the keeper's folder.
 */
export function horizonText(horizon: Horizon & { readonly passed: boolean }): string {
  const { generation, ends, lastKeyBackup, passed } = horizon;
  const rest =
    lastKeyBackup === null
      ? ''
      : ` A key backup that holds it expires at ${lastKeyBackup}; until then it can bring it back.`;
  if (passed) return `Key generation ${generation} has ended: nothing that was wrapped under it opens any more.${rest}`;
  return (
    `Deleted from use at once. Not yet out of reach: whoever holds an old copy of the database and a copy of the keeper's ` +
    `folder can open it until key generation ${generation} ends, which is planned for ${ends}.${rest}`
  );
}
