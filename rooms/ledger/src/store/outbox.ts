/** The ledger's own tables: the queue of committed entries, and the lease of the one who enters them. */
import { type Bytes, Fault } from '@visor/record';
import type { Database, SqlPart } from '@visor/storage';
import type { PreparedEntry } from '../entry.ts';
import { packPrepared } from '../packed.ts';

export interface LogRef {
  readonly site: string; // sit_…
  readonly origin: string;
}

export interface Lease {
  readonly number: number;
  readonly house: Bytes; // 16 bytes: which WAL belongs to this database
  readonly markedTo: number; // every entry of every frame up to this one has its row marked
}

/** A row that is not marked yet; what it holds is fetched apart, since most of them are in memory anyway. */
export interface WaitingRow {
  readonly id: number;
  readonly site: string;
  readonly entry_id: Bytes;
  readonly at: number;
}

export interface Place {
  readonly site: string;
  readonly entryId: Bytes;
  readonly index: number;
}

/** Part "outboxed" of an act's one statement: a row for each row that `when` has, so none when the act may not happen. */
export function outboxPart(log: LogRef, prepared: PreparedEntry, { when, at }: { when: string; at: number }): SqlPart {
  if (!/^[a-z_][a-z0-9_]*$/.test(when)) throw new RangeError('"when" names a part of the same statement');
  return {
    name: 'outboxed',
    text: `INSERT INTO outbox (site, entry_id, origin, at, prepared)
      SELECT $1::text, $2::bytea, $3::text, $4::bigint, $5::bytea FROM ${when} RETURNING id`,
    values: [log.site, prepared.id, log.origin, at, packPrepared(prepared)],
  };
}

/**
 * Takes the lease under the next number. A node that died takes its own back at once; another's only when it ran out.
 * @throws Fault `ledger` while another node holds it
 */
export async function takeLease(
  db: Database,
  { node, now, until, house }: { node: string; now: number; until: number; house: Bytes },
): Promise<Lease> {
  const [row] = await db.query<{ number: number; house: Bytes; marked_to: number }>({
    name: 'ledger_lease_take',
    text: `INSERT INTO lease AS l (one, number, node, until, house, marked_to) VALUES (true, 1, $1, $2, $3, 0)
      ON CONFLICT (one) DO UPDATE SET number = l.number + 1, node = $1, until = $2
      WHERE l.node = $1 OR l.until < $4 RETURNING number, house, marked_to`,
    values: [node, until, house, now],
  });
  if (row === undefined) throw new Fault('ledger', 'Another node of this house appends to the ledger.');
  return { number: row.number, house: row.house, markedTo: row.marked_to };
}

/** False when somebody took the lease under a higher number. */
export async function renewLease(db: Database, { number, until }: { number: number; until: number }): Promise<boolean> {
  const rows = await db.query({
    name: 'ledger_lease_renew',
    text: 'UPDATE lease SET until = $2 WHERE number = $1 RETURNING number',
    values: [number, until],
  });
  return rows.length === 1;
}

/** Lets go of the lease, so that another node need not wait until it runs out. */
export async function freeLease(db: Database, number: number): Promise<void> {
  await db.query({ name: 'ledger_lease_free', text: 'UPDATE lease SET until = 0 WHERE number = $1', values: [number] });
}

/** The rows that wait, after an id, in the order of their ids. */
export function waitingRows(
  db: Database,
  { after, most }: { after: number; most: number },
): Promise<readonly WaitingRow[]> {
  return db.query<WaitingRow>({
    name: 'ledger_waiting',
    text: `SELECT id, site, entry_id, at FROM outbox WHERE entry_index IS NULL AND id > $1 ORDER BY id LIMIT $2`,
    values: [after, most],
  });
}

export interface FullRow {
  readonly id: number;
  readonly site: string;
  readonly entry_id: Bytes;
  readonly origin: string;
  readonly at: number;
  readonly prepared: Bytes;
}

/** What rows hold that are still not marked. */
export function fullRows(db: Database, ids: readonly number[]): Promise<readonly FullRow[]> {
  return db.query<FullRow>({
    name: 'ledger_rows',
    text: `SELECT id, site, entry_id, origin, at, prepared FROM outbox
      WHERE id = ANY($1::bigint[]) AND entry_index IS NULL ORDER BY id`,
    values: [ids],
  });
}

/**
 * Gives rows their places and remembers up to which frame that is done, unless the lease was lost: then nothing
 * changes. Marking twice changes nothing either.
 * @returns false when the lease was lost
 */
export async function markRows(
  db: Database,
  places: readonly Place[],
  { lease, markedTo }: { lease: number; markedTo: number },
): Promise<boolean> {
  const rows = await db.query({
    name: 'ledger_mark',
    text: `WITH held AS (UPDATE lease SET marked_to = GREATEST(marked_to, $5) WHERE number = $4 RETURNING number),
      marked AS (UPDATE outbox o SET entry_index = m.entry_index, prepared = NULL
        FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS m (site, entry_id, entry_index), held
        WHERE o.site = m.site AND o.entry_id = m.entry_id AND o.entry_index IS NULL)
      SELECT number FROM held`,
    values: [
      places.map(({ site }) => site),
      places.map(({ entryId }) => entryId),
      places.map(({ index }) => index),
      lease,
      markedTo,
    ],
  });
  return rows.length === 1;
}

export interface FoundRow {
  readonly entry_index: number | null;
}

/** The row of an entry; its index is null while it waits. */
export async function findRow(db: Database, site: string, entryId: Bytes): Promise<FoundRow | undefined> {
  const [row] = await db.query<FoundRow>({
    name: 'ledger_find',
    text: 'SELECT entry_index FROM outbox WHERE site = $1 AND entry_id = $2',
    values: [site, entryId],
  });
  return row;
}
