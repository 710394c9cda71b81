/** From waiting entries to one frame: log time, leaves, roots, decoys. Nothing of the state changes here. */
import { type Bytes, concat, type Instant, instant, type Random, type Sha256 } from '@visor/record';
import type { PreparedEntry } from '../entry.ts';
import { encodeFrame, FRAME_LIMIT, logLength } from '../frame.ts';
import { entryLength, type FrameEntry } from '../frame-entry.ts';
import { BLOB_LENGTH } from '../group.ts';
import { coarsen, type Granularity, leafBytes } from '../leaf.ts';
import { type Edge, edgeRoot } from '../tree.ts';
import { growEdge, type NewRow } from './grow-edge.ts';
import type { LedgerState, LogState } from './ledger-state.ts';
import type { Ticket } from './tickets.ts';
import type { TreeHasher } from './tree-hasher.ts';

const ENTRIES_A_FRAME = 1024;
const HEAD_BYTES = 128;

/** The tickets from the front that fit one frame of at most so many bytes; at least one when there is any. */
export function takeBatch(queue: readonly Ticket[], largest: number): readonly Ticket[] {
  const room = Math.min(largest, FRAME_LIMIT) - HEAD_BYTES;
  let used = 0;
  const origins = new Set<string>();
  let count = 0;
  for (const { log, prepared } of queue) {
    used += entryLength(prepared.padClass);
    if (!origins.has(log.origin)) used += logLength(log.origin);
    origins.add(log.origin);
    if (count > 0 && (used > room || count === ENTRIES_A_FRAME)) break;
    count += 1;
  }
  return queue.slice(0, count);
}

/** The log time of a batch: the clock's, as coarse as the site wants it, and never before one that was given. */
export function logTime(now: Instant, last: Instant, granularity: Granularity): Instant {
  const time = coarsen(now, granularity);
  if (time >= last) return time;
  const floor = coarsen(last, granularity);
  return floor === last ? floor : coarsen(instant(last + (granularity === 1 ? 1000 : 60_000)), granularity);
}

export interface LogShare {
  readonly log: LogState;
  readonly tickets: readonly Ticket[];
  readonly leaves: readonly Bytes[];
  readonly flat: Bytes; // the leaves one behind the other
  readonly rows: readonly NewRow[];
  readonly edge: Edge; // after the batch
  readonly root: Bytes;
}

export interface Batch {
  readonly time: Instant;
  readonly shares: readonly LogShare[];
  readonly frame: Bytes;
  readonly hash: Bytes; // of the frame
  /** For each ticket in the order of the frame: where its entry begins within the frame. */
  readonly spots: readonly number[];
}

export interface BatchPlan {
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly random: Random;
  readonly lease: number;
  readonly granularity: Granularity;
  readonly now: Instant;
}

/** Entries stand in the frame log by log, and within a log in the order of their tickets. */
export function buildBatch(plan: BatchPlan, state: LedgerState, tickets: readonly Ticket[]): Batch {
  const { sha256, hasher, granularity } = plan;
  const time = logTime(plan.now, state.time, granularity);
  const shares: LogShare[] = [];
  const entries: FrameEntry[] = [];
  const decoys = decoyBytes(plan.random, tickets);
  for (const own of Map.groupBy(tickets, ({ log }) => log.origin).values()) {
    const { site, origin } = own[0]!.log; // a group has at least one
    const log = state.log(site, origin);
    const leaves = own.map(({ prepared: { padClass, fieldRoot } }) =>
      leafBytes({ time, granularity, padClass, fieldRoot }),
    );
    const flat = concat(leaves);
    const grown = growEdge(hasher, log.edge, hasher.leaves(flat));
    for (const [i, { prepared }] of own.entries()) {
      const { id, roots, tags } = prepared;
      entries.push({ log: shares.length, id, leaf: leaves[i]!, roots, tags, blobs: withDecoys(prepared, decoys) });
    }
    shares.push({ log, tickets: own, leaves, flat, ...grown, root: edgeRoot(sha256, grown.edge) });
  }
  const logs = shares.map(({ log, edge, root }) => ({ site: log.site, origin: log.origin, size: edge.size, root }));
  const { number, hash: previous } = state.chain;
  const frame = encodeFrame(sha256, { lease: plan.lease, number: number + 1, previous, logs, entries });
  return { time, shares, frame, hash: frame.slice(-32), spots: spotsOf(frame.length, entries) };
}

/** Entries end where the frame's hash begins, so their places follow from the end. */
function spotsOf(length: number, entries: readonly FrameEntry[]): readonly number[] {
  const spots: number[] = [];
  let at = length - 32;
  for (const { blobs } of entries.toReversed()) {
    at -= entryLength(blobs[0]!.length === BLOB_LENGTH[3] ? 3 : blobs[0]!.length === BLOB_LENGTH[4] ? 4 : 5);
    spots.push(at);
  }
  return spots.reverse();
}

/** Gives the next bytes of one draw of chance for the whole frame. */
type Decoys = (length: number) => Bytes;

function decoyBytes(random: Random, tickets: readonly Ticket[]): Decoys {
  let total = 0;
  for (const { prepared } of tickets) {
    for (const blob of prepared.blobs) total += blob === undefined ? BLOB_LENGTH[prepared.padClass] : 0;
  }
  const bytes = random(total);
  let at = 0;
  return (length) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
}

const withDecoys = ({ blobs, padClass }: PreparedEntry, decoys: Decoys): readonly Bytes[] =>
  blobs.map((blob) => blob ?? decoys(BLOB_LENGTH[padClass]));
