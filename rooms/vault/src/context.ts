import type { Instant, Random } from '@visor/record';
import { newId } from '@visor/record';
import type { Database } from '@visor/storage';
import type { Purpose } from './acts.ts';
import type { KeyRows } from './key-rows.ts';
import type { Newest } from './newest.ts';
import type { Entries, Faces, Keeper, VaultTools } from './ports.ts';

/** What every act stands on. */
export interface Context {
  readonly db: Database;
  readonly keeper: Keeper;
  readonly entries: Entries;
  readonly faces: Faces;
  readonly tools: VaultTools;
  readonly now: () => Instant;
  readonly producer: string;
  readonly keys: KeyRows;
  readonly purposes: Newest<Purpose>;
  readonly fresh: FreshIds;
}

type FreshIds = <P extends 'per' | 'pur' | 'con' | 'fac' | 'ver' | 'opn' | 'ers'>(prefix: P) => `${P}_${string}`;

export const freshIds =
  (random: Random): FreshIds =>
  (prefix) =>
    newId(prefix, random);
