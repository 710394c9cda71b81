/** What the appender knows of the house's logs: edges, roots, places. All of it is made from the frames. */
import { type Bytes, concat, equalBytes, hex, type Instant, instant, Refusal, type Sha256, utf8 } from '@visor/record';
import { LEAF_AT } from '../frame-entry.ts';
import { LEAF_LENGTH, leafTime } from '../leaf.ts';
import type { SignedHead } from '../signer.ts';
import { type Edge, edgeRoot, emptyEdge } from '../tree.ts';
import { EntryIndex, type EntryPlace, SegmentTable } from './entry-index.ts';
import { growEdge } from './grow-edge.ts';
import type { LogTree } from './log-tree.ts';
import type { TreeHasher } from './tree-hasher.ts';
import { type ChainEnd, damaged, type FoundFrame } from './walk.ts';

/** The digest, one by one and many at a time. */
export interface Hashing {
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
}

export interface LogState {
  readonly site: string;
  readonly origin: string;
  readonly index: EntryIndex;
  edge: Edge;
  root: Bytes; // of the edge
  head?: SignedHead; // what was signed last; the edge may be ahead of it for a moment
  tree?: LogTree; // loaded when it is first needed
  published: number; // size of the checkpoint on disk
  spoilt?: boolean; // the files of that checkpoint are not what they should be, and are to be written again
}

export class LedgerState {
  readonly logs = new Map<string, LogState>();
  readonly segments = new SegmentTable();
  chain: ChainEnd = { number: 0, hash: new Uint8Array(32) };
  time: Instant = instant(0); // the latest log time given; the next is never before it

  /** The log of an origin, begun empty when it is new. @throws Refusal `ledger.foreign` when another site has that origin */
  log(site: string, origin: string): LogState {
    const known = this.logs.get(origin);
    if (known === undefined) {
      const begun = { site, origin, index: new EntryIndex(), edge: emptyEdge, root: new Uint8Array(32), published: 0 };
      this.logs.set(origin, begun);
      return begun;
    }
    if (known.site !== site) throw new Refusal('ledger.foreign', { what: 'origin of another site' });
    return known;
  }

  /** @throws Refusal `ledger.index` when there is no such log or entry */
  place(origin: string, index: number): EntryPlace {
    const log = this.logs.get(origin);
    if (log === undefined || !Number.isSafeInteger(index) || index < 0 || index >= log.index.size) {
      throw new Refusal('ledger.index', { index, size: log?.index.size ?? 0 });
    }
    return log.index.place(this.segments, index);
  }

  /**
   * Takes in a frame that was found on disk, hashing its leaves again.
   * @returns for each entry its log and index
   * @throws Refusal `ledger.damaged` when the frame's own heads do not follow from its entries
   */
  adopt(
    { sha256, hasher }: Hashing,
    { frame, segment, at, bytes }: FoundFrame,
  ): readonly { log: LogState; index: number; at: number }[] {
    const number = this.segments.numberOf(segment);
    const logs = frame.logs.map(({ site, origin }) => this.log(site, origin));
    const leaves = logs.map((): Bytes[] => []);
    const entered = frame.entries.map((entry) => {
      const log = logs[entry.log]!; // the frame was found to name only its own logs
      const from = at + entry.at;
      const leaf = bytes.subarray(from + LEAF_AT, from + LEAF_AT + LEAF_LENGTH);
      const time = leafTime(leaf, 0);
      if (time === undefined) throw damaged(segment, from);
      if (time > this.time) this.time = instant(time);
      leaves[entry.log]!.push(leaf);
      log.index.push(number, from);
      return { log, index: log.index.size - 1, at: from };
    });
    for (const [i, log] of logs.entries()) {
      log.edge = growEdge(hasher, log.edge, hasher.leaves(concat(leaves[i]!))).edge;
      log.root = edgeRoot(sha256, log.edge);
      const said = frame.logs[i]!;
      if (said.size !== log.edge.size || !equalBytes(said.root, log.root)) throw damaged(segment, at);
    }
    this.chain = { number: frame.number, hash: frame.hash.slice() };
    return entered;
  }
}

/** The folder of a log's public files. An origin reads like a URL and may be long, so it stands in a file inside. */
export const logFolder = (sha256: Sha256, origin: string): string => hex(sha256(utf8(origin))).slice(0, 32);
