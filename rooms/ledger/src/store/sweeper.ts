/**
 * Keeps the table and the ledger together: marks the rows of what was entered, and takes in rows that nobody in this
 * process waits for. One after the other, never at once: a row that was marked after a sweep had read it would look new.
 */
import { equalBytes, Refusal, type Sha256 } from '@visor/record';
import type { Database } from '@visor/storage';
import type { PreparedEntry } from '../entry.ts';
import { fieldRootOf } from '../group.ts';
import { unpackPrepared } from '../packed.ts';
import type { Appender } from './appender.ts';
import { type FullRow, fullRows, markRows, type Place, waitingRows } from './outbox.ts';
import type { Ticket, Tickets } from './tickets.ts';

const ROWS_A_CALL = 1000;
/** How long a promise is given before its row, if there is one, is taken from the table. */
export const PROMISE_MS = 10_000;

export interface SweeperPlan {
  readonly db: Database;
  readonly sha256: Sha256;
  readonly lease: number;
  readonly tickets: Tickets;
  readonly now: () => number;
  readonly say: (line: string) => void;
}

interface Unmarked {
  readonly ticket: Ticket;
  readonly frame: number;
}

export class Sweeper {
  readonly #plan: SweeperPlan;
  #unmarked: Unmarked[] = [];
  #swept = true; // false while rows wait that were not taken in yet
  readonly #spoilt = new Set<number>(); // ids of rows that hold no entry

  constructor(plan: SweeperPlan) {
    this.#plan = plan;
  }

  /** An entry became durable; its row waits for its mark. */
  entered(ticket: Ticket, frame: number): void {
    this.#unmarked.push({ ticket, frame });
  }

  /** True when the last sweep could take in all that waited. */
  get swept(): boolean {
    return this.#swept && this.#spoilt.size === 0;
  }

  /** Marks rows that an earlier run entered. @throws Fault `database`; Refusal `keeper.lease` */
  async markFound(places: readonly Place[], markedTo: number): Promise<void> {
    for (let at = 0; at < places.length; at += ROWS_A_CALL) {
      const some = places.slice(at, at + ROWS_A_CALL);
      const last = at + ROWS_A_CALL >= places.length;
      await this.#mark(some, last ? markedTo : 0);
    }
  }

  /** One round: mark, then sweep. @throws Fault `database`; Refusal `keeper.lease` when the lease was lost */
  async round(appender: Appender): Promise<void> {
    await this.markEntered();
    await this.#sweep(appender);
  }

  async markEntered(): Promise<void> {
    while (this.#unmarked.length > 0) {
      const some = this.#unmarked.slice(0, ROWS_A_CALL);
      const rest = this.#unmarked[some.length];
      // a frame counts as marked when the whole of it is
      const last = some.at(-1)!.frame; // there is at least one
      const places = some.map(({ ticket: { log, prepared, index } }) => ({
        ...{ site: log.site, entryId: prepared.id },
        index: index!, // what was entered has its place
      }));
      await this.#mark(places, rest?.frame === last ? last - 1 : last);
      this.#unmarked = this.#unmarked.slice(some.length);
      for (const { ticket } of some) this.#plan.tickets.forget(ticket);
    }
  }

  async #mark(places: readonly Place[], markedTo: number): Promise<void> {
    const { db, lease } = this.#plan;
    if (!(await markRows(db, places, { lease, markedTo }))) throw new Refusal('keeper.lease', { lease });
  }

  async #sweep(appender: Appender): Promise<void> {
    const { db, tickets, now } = this.#plan;
    const began = now();
    const old = tickets.promisedBefore(began - PROMISE_MS);
    const seen = new Set<Ticket>();
    for (let after = 0; ; ) {
      const rows = await waitingRows(db, { after, most: ROWS_A_CALL });
      const wanted: number[] = [];
      for (const row of rows) {
        const ticket = tickets.get(row.entry_id);
        if (ticket !== undefined) seen.add(ticket);
        if (ticket?.state === 'promised' && began - ticket.since > PROMISE_MS) appender.enqueue(ticket);
        if (ticket === undefined && !this.#spoilt.has(row.id)) wanted.push(row.id);
      }
      if (wanted.length > 0) this.#takeIn(await fullRows(db, wanted), appender);
      this.#swept = rows.length < ROWS_A_CALL;
      if (this.#swept) break;
      after = rows.at(-1)!.id; // a full page has a last row
    }
    // promised, old, and no row to be seen: its statement did not happen, or happens so late that it is asked for again
    for (const ticket of old) if (ticket.state === 'promised' && !seen.has(ticket)) tickets.forget(ticket);
  }

  #takeIn(rows: readonly FullRow[], appender: Appender): void {
    const { tickets } = this.#plan;
    for (const row of rows) {
      if (tickets.get(row.entry_id) !== undefined) continue; // promised while the rows were read
      const prepared = this.#unpack(row);
      if (prepared === undefined) continue;
      appender.enqueue(tickets.promise({ site: row.site, origin: row.origin }, prepared, row.at));
    }
  }

  /** What a row holds; undefined for one that was changed since it was made, which nobody can enter any more. */
  #unpack({ id, entry_id, prepared }: FullRow): PreparedEntry | undefined {
    try {
      const entry = unpackPrepared(prepared);
      const whole = equalBytes(fieldRootOf(this.#plan.sha256, entry.roots), entry.fieldRoot);
      if (whole && equalBytes(entry.id, entry_id)) return entry;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    this.#spoilt.add(id);
    this.#plan.say(`Row ${id} of the outbox does not hold the entry that was prepared; its act is in no ledger.`);
    return undefined;
  }
}
