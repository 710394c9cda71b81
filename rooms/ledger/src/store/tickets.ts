/**
 * Every entry that this process has to do with, by its id, from the statement that queues it until its row is marked.
 * It is what keeps an entry from being entered twice: memory and the sweep of the table both go through it.
 */
import type { Bytes, Instant } from '@visor/record';
import type { PreparedEntry } from '../entry.ts';
import type { LogRef } from './outbox.ts';

export interface Entered {
  readonly origin: string;
  readonly index: number;
  readonly leaf: Bytes;
  readonly time: Instant; // log time
  readonly note: string; // signed head that covers the entry
  readonly size: number; // of that head
  /** Inclusion proof under that head. */
  proof(): Promise<readonly Bytes[]>;
}

/**
 * promised: its statement was made, whether it commits is not known yet · queued: committed, waits for a frame ·
 * entering: in the frame being written · entered: durable; its row waits for its mark.
 */
export type TicketState = 'promised' | 'queued' | 'entering' | 'entered';

export interface Ticket {
  readonly log: LogRef;
  readonly prepared: PreparedEntry;
  readonly since: number; // ms; when it was promised or found
  state: TicketState;
  index?: number; // once entered
  waiters: Waiter[];
}

export interface Waiter {
  readonly resolve: (entered: Entered) => void;
  readonly reject: (error: unknown) => void;
}

/** Sixteen bytes as sixteen characters, only to look up by; asked several times an entry, so without a copy. */
function keyOf(id: Bytes): string {
  const low = String.fromCharCode(id[0]!, id[1]!, id[2]!, id[3]!, id[4]!, id[5]!, id[6]!, id[7]!);
  return low + String.fromCharCode(id[8]!, id[9]!, id[10]!, id[11]!, id[12]!, id[13]!, id[14]!, id[15]!);
}

export class Tickets {
  readonly #byId = new Map<string, Ticket>();

  get(entryId: Bytes): Ticket | undefined {
    return this.#byId.get(keyOf(entryId));
  }

  promise(log: LogRef, prepared: PreparedEntry, since: number): Ticket {
    const ticket: Ticket = { log, prepared, since, state: 'promised', waiters: [] };
    this.#byId.set(keyOf(prepared.id), ticket);
    return ticket;
  }

  forget(ticket: Ticket): void {
    this.#byId.delete(keyOf(ticket.prepared.id));
  }

  /** Promises that nobody kept: the statement did not commit, or its caller went away without saying. */
  promisedBefore(time: number): readonly Ticket[] {
    const found: Ticket[] = [];
    for (const ticket of this.#byId.values()) {
      if (ticket.state === 'promised' && ticket.since < time) found.push(ticket);
    }
    return found;
  }
}
