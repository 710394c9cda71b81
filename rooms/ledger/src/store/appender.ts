/**
 * Enters what waits: one frame, one sync, then the signatures, then the answers. Only the holder of the lease has one.
 */
import { type Bytes, Fault, type Instant, type Random, Refusal, type Sha256 } from '@visor/record';
import { URGENT_KINDS } from '../kinds.ts';
import type { Granularity } from '../leaf.ts';
import type { Signer } from '../signer.ts';
import { type Batch, buildBatch, type LogShare, takeBatch } from './batch.ts';
import { isDiskFull } from './files.ts';
import type { LedgerState, LogState } from './ledger-state.ts';
import { LogTree } from './log-tree.ts';
import { catchUp, checkSigned, signHeads } from './recover.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { Entered, Ticket } from './tickets.ts';
import type { Timers } from './timers.ts';
import type { TreeHasher } from './tree-hasher.ts';
import type { WalWriter, Written } from './wal-writer.ts';

const ROOM_AGAIN_MS = 1000;
const KEEPER_AGAIN_MS = 250;

export interface AppenderPlan {
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly random: Random;
  readonly now: () => Instant;
  readonly granularity: Granularity;
  readonly lease: number;
  readonly signer: Signer;
  readonly state: LedgerState;
  readonly reader: SegmentReader;
  readonly wal: WalWriter;
  readonly timers: Timers;
  readonly say: (line: string) => void;
  /** Called for each entry that is durable, in the order of the frames. */
  readonly entered: (ticket: Ticket, frame: number) => void;
  /** What a waiter is answered, once the log has a head that covers the entry. */
  readonly answer: (log: LogState, index: number, leaf: Bytes) => Entered;
}

export class Appender {
  readonly #plan: AppenderPlan;
  #queue: Ticket[] = [];
  #ended: { readonly error: unknown } | undefined;
  #stopping = false;
  #unsigned = false; // the keeper may hold less than the ledger, and what it holds is to be asked
  #resting = false;
  #failed = false; // there was no room for the last frame
  #stuck = false; // nor for what may use the reserve
  #wake: () => void = () => undefined;
  readonly #running: Promise<void>;

  constructor(plan: AppenderPlan) {
    this.#plan = plan;
    this.#running = this.#run();
  }

  /** Why nothing can be entered right now, if so. */
  get trouble(): 'ended' | 'disk' | 'keeper' | undefined {
    if (this.#ended !== undefined || this.#stopping) return 'ended';
    if (this.#failed || this.#plan.wal.full) return 'disk';
    return this.#unsigned ? 'keeper' : undefined;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** When the longest waiting ticket began to wait; undefined when none waits. */
  get oldest(): number | undefined {
    return this.#queue[0]?.since;
  }

  /** @throws what ended the appender */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended.error;
  }

  /** @throws what ended the appender */
  enqueue(ticket: Ticket): void {
    this.check();
    ticket.state = 'queued';
    this.#queue.push(ticket);
    if (!this.#failed || isUrgent(ticket)) this.#wake(); // a full disk is not tried again for every act
  }

  /** Ends it for good: nothing more is written or signed, and whoever waits is told why. */
  end(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    for (const { waiters } of this.#queue) for (const { reject } of waiters) reject(error);
    this.#queue = [];
    this.#wake();
  }

  /** Enters what is queued and stops; what finds no room stays in the table for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#running;
    this.end(new Fault('ledger', 'The ledger was stopped.'));
  }

  async #run(): Promise<void> {
    while (this.#ended === undefined) {
      if (this.#unsigned) await this.#signAgain();
      const batch = takeBatch(this.#eligible(), this.#plan.wal.largest);
      if (batch.length > 0) await this.#enter(batch);
      else if (this.#stopping) return;
      else await this.#idle();
    }
  }

  /** On a full disk only what is owed to people goes on. */
  #eligible(): readonly Ticket[] {
    if (!this.#failed) return this.#queue;
    return this.#stuck ? [] : this.#queue.filter(isUrgent);
  }

  async #idle(): Promise<void> {
    if (this.#failed || this.#plan.wal.full) await this.#waitForRoom();
    else if (this.#unsigned) await this.#pause(KEEPER_AGAIN_MS);
    else await this.#rest();
  }

  async #rest(): Promise<void> {
    this.#resting = true;
    await this.#pause();
    this.#resting = false;
  }

  /** While the next segment has no room acts are refused, so none would wake a resting appender: whoever refuses does. */
  lookForRoom(): void {
    if (this.#resting) this.#wake();
  }

  /** Who waits is told at once; the entries stay, and are entered when there is room. */
  async #waitForRoom(): Promise<void> {
    for (const ticket of this.#queue) this.#turnAway(ticket);
    await this.#pause(ROOM_AGAIN_MS);
    this.#stuck = false;
    if (await this.#plan.wal.makeRoom()) this.#failed = false;
  }

  #turnAway(ticket: Ticket): void {
    for (const { reject } of ticket.waiters) reject(new Refusal('ledger.busy', { what: 'disk' }));
    ticket.waiters = [];
  }

  #pause(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const off = milliseconds === undefined ? undefined : this.#plan.timers.after(milliseconds, resolve);
      this.#wake = () => {
        off?.();
        resolve();
      };
    });
  }

  async #enter(tickets: readonly Ticket[]): Promise<void> {
    const { now, state, wal } = this.#plan;
    const taken = new Set(tickets);
    this.#queue = this.#queue.filter((ticket) => !taken.has(ticket));
    for (const ticket of tickets) ticket.state = 'entering';
    const batch = buildBatch({ ...this.#plan, now: now() }, state, tickets);
    let written: Written;
    try {
      written = await wal.append(batch.frame, tickets.every(isUrgent));
    } catch (error) {
      this.#putBack(tickets);
      if (!isDiskFull(error)) return this.end(error);
      this.#stuck = this.#failed;
      this.#failed = true;
      return;
    }
    this.#commit(batch, written);
    await this.#sign(batch);
  }

  #putBack(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) ticket.state = 'queued';
    this.#queue = [...tickets, ...this.#queue];
  }

  /** The frame is durable: from here on it counts, signed or not. All in one turn, so that nobody sees half of it. */
  #commit({ time, shares, hash, spots }: Batch, { segment, at }: Written): void {
    const { state } = this.#plan;
    const number = state.segments.numberOf(segment);
    state.time = time;
    state.chain = { number: state.chain.number + 1, hash };
    let next = 0;
    for (const { log, tickets, edge, root, rows, flat } of shares) {
      if (log.edge.size === 0) log.tree = new LogTree();
      log.tree?.grow(rows, flat);
      log.edge = edge;
      log.root = root;
      for (const ticket of tickets) {
        ticket.state = 'entered';
        ticket.index = log.index.size;
        log.index.push(number, at + spots[next]!);
        next += 1;
        this.#plan.entered(ticket, state.chain.number);
      }
    }
  }

  async #sign({ shares }: Batch): Promise<void> {
    const { signer, lease } = this.#plan;
    try {
      if (this.#unsigned) throw new Fault('keeper', 'The keeper has not signed what came before.');
      const runs = shares.map(({ log, leaves }) => ({
        origin: log.origin,
        from: log.edge.size - leaves.length,
        leaves,
      }));
      const heads = await signer.sign({ lease, logs: runs });
      for (const [i, { log }] of shares.entries()) log.head = checkSigned(log, heads[i]);
    } catch (error) {
      this.#reject(shares, error);
      this.#lose(error);
      return;
    }
    for (const share of shares) this.#resolve(share);
  }

  #resolve({ log, tickets, leaves }: LogShare): void {
    for (const [i, ticket] of tickets.entries()) {
      for (const { resolve } of ticket.waiters) resolve(this.#plan.answer(log, ticket.index!, leaves[i]!)); // entered
      ticket.waiters = [];
    }
  }

  #reject(shares: readonly LogShare[], error: unknown): void {
    for (const { tickets } of shares) {
      for (const ticket of tickets) {
        for (const { reject } of ticket.waiters) reject(error);
        ticket.waiters = [];
      }
    }
  }

  /**
   * A keeper that is away may come back; one that holds something else than the ledger is asked what it holds, and
   * that comparison decides. A newer lease is the end at once.
   */
  #lose(error: unknown): void {
    const away = error instanceof Fault || (error instanceof Refusal && error.code !== 'keeper.lease');
    if (away) this.#unsigned = true;
    else this.end(error);
  }

  async #signAgain(): Promise<void> {
    const { signer, lease, reader, state, say } = this.#plan;
    try {
      const caught = await catchUp({ signer, lease, reader }, state);
      await signHeads({ signer, lease, reader }, state);
      this.#unsigned = false;
      if (caught > 0) say(`The keeper came back and signed ${caught} entries that it had not signed.`);
    } catch (error) {
      if (!(error instanceof Fault) || this.#stopping) return this.end(error);
      await this.#pause(KEEPER_AGAIN_MS);
    }
  }
}

const isUrgent = ({ prepared }: Ticket): boolean =>
  prepared.kind !== undefined && URGENT_KINDS.some((kind) => kind === prepared.kind);
