import { Refusal } from '@visor/record';
import type { Sql } from './sql.ts';

/** The installation that this database belongs to. */
export interface House {
  readonly id: string;
  readonly format: number;
  readonly madeAt: number; // ms since 1970
}

/** The format of everything that this Visor writes: tables, ledger and bundles together. */
export const FORMAT = 1;

/**
 * The house of this database, founded now if it has none; starters that come together agree on one.
 * @param fresh  The id and time to found it with.
 * @throws Refusal `storage.newer` when it was founded in a format that this Visor does not know.
 */
export async function openHouse(sql: Sql, fresh: { readonly id: string; readonly now: number }): Promise<House> {
  await sql.query({
    text: 'INSERT INTO house (one, id, format, made_at) VALUES (true, $1, $2, $3) ON CONFLICT (one) DO NOTHING',
    values: [fresh.id, FORMAT, fresh.now],
  });
  const [house] = await sql.query<House>({ text: 'SELECT id, format, made_at AS "madeAt" FROM house' });
  if (house === undefined) throw new Error('the row of the house was just written and is not there');
  if (house.format > FORMAT) throw new Refusal('storage.newer', { format: house.format, known: FORMAT });
  return house;
}
