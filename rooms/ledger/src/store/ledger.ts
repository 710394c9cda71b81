/** The ledger of a house on its disk: one write-ahead log for all sites, one public log a site. */
import { type Bytes, type Instant, Refusal } from '@visor/record';
import type { Database, SqlPart } from '@visor/storage';
import type { PreparedEntry } from '../entry.ts';
import { parseLeaf } from '../leaf.ts';
import type { Appender } from './appender.ts';
import type { LedgerState, LogState } from './ledger-state.ts';
import type { LogTiles } from './log-tiles.ts';
import { findRow, type LogRef, outboxPart } from './outbox.ts';
import type { SegmentReader, StoredEntry } from './segment-reader.ts';
import type { Sweeper } from './sweeper.ts';
import type { Entered, Ticket, Tickets } from './tickets.ts';
import type { WalWriter } from './wal-writer.ts';

const OLDEST_MS = 5000;
const MOST_WAITING = 10_000;

export interface Ledger extends AsyncDisposable {
  /**
   * Part "outboxed" of an act's one statement.
   * @param when name of the part that has one row if the act may happen and none if not
   */
  part(log: LogRef, prepared: PreparedEntry, when: string): SqlPart;
  /**
   * To be called when that statement has committed. Answers when the entry is durable and signed.
   * @throws Fault `ledger`, `keeper` or Refusal `keeper.lease`: the entry is committed and will be entered, but not now
   */
  enter(log: LogRef, prepared: PreparedEntry): Promise<Entered>;
  /** To be asked before an act is begun. @throws Refusal `ledger.busy` */
  admit(urgent?: boolean): void;
  /** Where an entry stands; without an index while it is committed and not entered, undefined for an id that this site does not have. */
  find(site: string, entryId: Bytes): Promise<{ readonly index: number | undefined } | undefined>;
  /** @throws Refusal `ledger.index`, `ledger.damaged` */
  read(origin: string, index: number): Promise<StoredEntry>;
  /** Inclusion proof of an entry in the tree of that size. @throws Refusal `ledger.index`, `ledger.damaged` */
  prove(origin: string, index: number, size: number): Promise<readonly Bytes[]>;
  /** @throws Refusal `ledger.index`, `ledger.damaged` */
  consistency(origin: string, from: number, to: number): Promise<readonly Bytes[]>;
  /** The newest signed head of a log; undefined before its first entry. */
  head(origin: string): Promise<{ readonly note: string; readonly size: number; readonly root: Bytes } | undefined>;
  /** What the start had to repair, in sentences. */
  readonly repaired: readonly string[];
  /** Entries of all logs so far. */
  readonly entries: number;
  /** How often this process made frames durable; what a bench divides by. */
  readonly syncs: number;
}

export interface LedgerParts {
  readonly db: Database;
  readonly state: LedgerState;
  readonly wal: Pick<WalWriter, 'syncs'>;
  readonly reader: SegmentReader;
  readonly tiles: LogTiles;
  readonly tickets: Tickets;
  readonly appender: Appender;
  readonly sweeper: Sweeper;
  readonly now: () => Instant;
  readonly repaired: readonly string[];
  readonly stop: () => Promise<void>;
}

export class OpenLedger implements Ledger {
  readonly #parts: LedgerParts;
  readonly repaired: readonly string[];
  #stopped: Promise<void> | undefined;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
    this.repaired = parts.repaired;
  }

  get entries(): number {
    let count = 0;
    for (const { index } of this.#parts.state.logs.values()) count += index.size;
    return count;
  }

  get syncs(): number {
    return this.#parts.wal.syncs;
  }

  part(log: LogRef, prepared: PreparedEntry, when: string): SqlPart {
    const at = this.#parts.now();
    this.#parts.tickets.promise(log, prepared, at);
    return outboxPart(log, prepared, { when, at });
  }

  async enter(log: LogRef, prepared: PreparedEntry): Promise<Entered> {
    const { tickets, appender, state } = this.#parts;
    appender.check();
    const ticket = tickets.get(prepared.id) ?? (await this.#lateTicket(log, prepared));
    if (typeof ticket === 'number') return this.#enteredBefore(log.origin, ticket);
    const index = ticket.index ?? Number.POSITIVE_INFINITY;
    const covered = index < (state.logs.get(log.origin)?.head?.size ?? 0);
    if (covered || (ticket.state === 'entered' && appender.trouble === 'keeper')) {
      return this.#enteredBefore(log.origin, index);
    }
    return new Promise((resolve, reject) => {
      if (ticket.state === 'promised') appender.enqueue(ticket);
      ticket.waiters.push({ resolve, reject });
    });
  }

  /** For an entry that memory does not know (any more): the table says whether it is entered, and where. */
  async #lateTicket(log: LogRef, prepared: PreparedEntry): Promise<Ticket | number> {
    const { db, tickets, now } = this.#parts;
    const ticket = tickets.promise(log, prepared, now()); // before the question, so that no sweep gets between
    const row = await findRow(db, log.site, prepared.id);
    if (row !== undefined && row.entry_index === null) return ticket;
    if (ticket.state === 'promised') tickets.forget(ticket);
    if (row === undefined) throw new RangeError('an entry is entered after the statement with its part has committed');
    return row.entry_index!; // not null
  }

  async #enteredBefore(origin: string, index: number): Promise<Entered> {
    const { state, reader } = this.#parts;
    const { leaf } = await reader.entry(state.place(origin, index));
    return this.answer(state.logs.get(origin)!, index, leaf); // it has a place, so there is a log
  }

  /** @throws Refusal `ledger.busy` while no signed head covers the entry */
  answer(log: LogState, index: number, leaf: Bytes): Entered {
    const { head } = log;
    if (head === undefined || head.size <= index) throw new Refusal('ledger.busy', { what: 'not signed yet' });
    const { size, note } = head;
    const proof = (): Promise<readonly Bytes[]> => this.#parts.tiles.prove(log, index, size);
    return { origin: log.origin, index, leaf, time: parseLeaf(leaf).time, note, size, proof };
  }

  admit(urgent = false): void {
    const { appender, sweeper, now } = this.#parts;
    const { trouble, waiting, oldest } = appender;
    if (trouble === 'disk') appender.lookForRoom();
    if (trouble !== undefined && !(urgent && trouble === 'disk')) throw new Refusal('ledger.busy', { what: trouble });
    if (urgent) return;
    if (waiting > MOST_WAITING || !sweeper.swept) throw new Refusal('ledger.busy', { waiting });
    if (oldest !== undefined && now() - oldest > OLDEST_MS) throw new Refusal('ledger.busy', { waiting });
  }

  async find(site: string, entryId: Bytes): Promise<{ readonly index: number | undefined } | undefined> {
    const { tickets, db } = this.#parts;
    const ticket = tickets.get(entryId);
    if (ticket?.index !== undefined && ticket.log.site === site) return { index: ticket.index };
    const row = await findRow(db, site, entryId);
    return row === undefined ? undefined : { index: row.entry_index ?? undefined };
  }

  async read(origin: string, index: number): Promise<StoredEntry> {
    const { reader, state } = this.#parts;
    return reader.entry(state.place(origin, index));
  }

  async prove(origin: string, index: number, size: number): Promise<readonly Bytes[]> {
    return this.#parts.tiles.prove(this.#log(origin, index), index, size);
  }

  async consistency(origin: string, from: number, to: number): Promise<readonly Bytes[]> {
    return this.#parts.tiles.consistency(this.#log(origin, to), from, to);
  }

  #log(origin: string, index: number): LogState {
    const log = this.#parts.state.logs.get(origin);
    if (log === undefined) throw new Refusal('ledger.index', { index, size: 0 });
    return log;
  }

  async head(
    origin: string,
  ): Promise<{ readonly note: string; readonly size: number; readonly root: Bytes } | undefined> {
    return this.#parts.state.logs.get(origin)?.head;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#parts.stop();
    return this.#stopped;
  }
}
