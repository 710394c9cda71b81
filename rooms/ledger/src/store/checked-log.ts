/** One log while its ledger is checked: it grows from the frames, and its files are compared as soon as they can be. */
import { type Bytes, equalBytes, type Sha256 } from '@visor/record';
import { LEAF_AT } from '../frame-entry.ts';
import { LEAF_LENGTH, leafTime } from '../leaf.ts';
import type { LogHead } from '../signer.ts';
import { type Edge, edgeRoot, emptyEdge } from '../tree.ts';
import type { Finding } from './check-ledger.ts';
import { growEdge } from './grow-edge.ts';
import { LogTree } from './log-tree.ts';
import { partialTiles } from './tile-files.ts';
import { TILE_WIDTH } from './tile-nodes.ts';
import { CHECKPOINT, tilePath } from './tile-paths.ts';
import type { TreeHasher } from './tree-hasher.ts';

export interface CheckedLogPlan {
  readonly origin: string;
  readonly below: string; // the log's folder, below the ledger's
  readonly head: LogHead | undefined; // what its checkpoint says
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly read: (name: string, most: number) => Promise<Bytes | undefined>; // the first bytes of a file
  readonly find: (finding: Omit<Finding, 'log'>) => void;
}

export class CheckedLog {
  readonly #plan: CheckedLogPlan;
  readonly #tree = new LogTree();
  #edge: Edge = emptyEdge;
  #taken = new Uint8Array(TILE_WIDTH * LEAF_LENGTH);
  #count = 0; // leaves taken since the last growth
  #time = 0; // of the last entry

  constructor(plan: CheckedLogPlan) {
    this.#plan = plan;
  }

  get origin(): string {
    return this.#plan.origin;
  }

  get head(): LogHead | undefined {
    return this.#plan.head;
  }

  get size(): number {
    return this.#edge.size;
  }

  /** The index that the next entry gets. */
  get next(): number {
    return this.size + this.#count;
  }

  get root(): Bytes {
    return edgeRoot(this.#plan.sha256, this.#edge);
  }

  /** Notes the leaf of the next entry, which begins at `at`. */
  take(bytes: Bytes, at: number): void {
    const end = (this.#count + 1) * LEAF_LENGTH;
    if (end > this.#taken.length) {
      const longer = new Uint8Array(2 * this.#taken.length);
      longer.set(this.#taken);
      this.#taken = longer;
    }
    this.#taken.set(bytes.subarray(at + LEAF_AT, at + LEAF_AT + LEAF_LENGTH), end - LEAF_LENGTH);
    this.#count += 1;
  }

  /** Hashes what was taken and compares the files that are complete by it. @param file of the frame, for findings */
  async grow(file: string): Promise<void> {
    const leaves = this.#taken.subarray(0, this.#count * LEAF_LENGTH);
    this.#checkLeaves(leaves, file);
    const head = this.#plan.head?.size ?? 0;
    const before = this.size < head && this.size + this.#count >= head ? head - this.size : 0;
    if (before > 0) {
      this.#extend(leaves.subarray(0, before * LEAF_LENGTH));
      await this.#compareHead();
    }
    this.#extend(leaves.subarray(before * LEAF_LENGTH));
    this.#count = 0;
    await this.#compareFull();
  }

  #extend(leaves: Bytes): void {
    const grown = growEdge(this.#plan.hasher, this.#edge, this.#plan.hasher.leaves(leaves));
    this.#edge = grown.edge;
    this.#tree.grow(grown.rows, leaves);
  }

  /** Every leaf is one of this format, and log time never runs back. */
  #checkLeaves(leaves: Bytes, file: string): void {
    for (let i = 0; i < this.#count; i += 1) {
      const time = leafTime(leaves, i * LEAF_LENGTH);
      if (time === undefined || time < this.#time) this.#plan.find({ what: 'leaf', file, index: this.size + i });
      this.#time = time ?? this.#time;
    }
  }

  /** The tree has just the size of the checkpoint. */
  async #compareHead(): Promise<void> {
    const { head, below } = this.#plan;
    if (head === undefined) return;
    if (!equalBytes(head.root, this.root)) this.#plan.find({ what: 'checkpoint', file: `${below}/${CHECKPOINT}` });
    for (const { level, index, width } of partialTiles(head.size)) {
      const first = index * TILE_WIDTH ** (level + 1);
      await this.#compare(tilePath(level, index, width), this.#tree.tile(level, index)!.file(width), {
        what: 'tile',
        first,
      });
      if (level > 0) continue;
      await this.#compare(tilePath('entries', index, width), this.#tree.bundle(index, width)!, {
        what: 'entries',
        first,
      });
    }
  }

  async #compareFull(): Promise<void> {
    const { tiles, bundles } = this.#tree.unwritten();
    for (const tile of tiles) {
      const first = tile.index * TILE_WIDTH ** (tile.level + 1);
      await this.#compare(tilePath(tile.level, tile.index), tile.nodes.file(TILE_WIDTH), {
        ...{ what: 'tile', first },
        end: first + TILE_WIDTH ** (tile.level + 1),
      });
      this.#tree.tileWritten(tile);
    }
    for (const bundle of bundles) {
      const first = bundle.index * TILE_WIDTH;
      await this.#compare(tilePath('entries', bundle.index), bundle.bytes, {
        what: 'entries',
        first,
        end: first + TILE_WIDTH,
      });
      this.#tree.bundleWritten(bundle);
    }
  }

  /** A file behind the checkpoint may be missing: it is written with the next one. */
  async #compare(
    name: string,
    made: Bytes,
    { what, first, end }: { what: 'tile' | 'entries'; first: number; end?: number },
  ): Promise<void> {
    const { read, find, below, head } = this.#plan;
    const found = await read(name, made.length + 1); // one more shows a file that is too long
    const needed = end === undefined || end <= (head?.size ?? 0);
    if (found === undefined && needed) find({ what: 'missing', file: `${below}/${name}`, index: first });
    if (found !== undefined && !sameFile(found, made)) find({ what, file: `${below}/${name}`, index: first });
  }
}

/** Public bytes, so compared in native code. */
const sameFile = (found: Bytes, made: Bytes): boolean =>
  Buffer.from(found.buffer, found.byteOffset, found.length).equals(made);
