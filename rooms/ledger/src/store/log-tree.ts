/**
 * The right edge of one log's tiles in memory: the tile of each level that is not full yet, the leaves of the newest,
 * and full tiles until they are files. Everything left of that is read from files.
 */
import type { Bytes } from '@visor/record';
import { LEAF_LENGTH } from '../leaf.ts';
import { HASH_LENGTH } from '../tree.ts';
import type { NewRow } from './grow-edge.ts';
import { TILE_HEIGHT, TILE_WIDTH, TileNodes } from './tile-nodes.ts';

const BUNDLED = 2 + LEAF_LENGTH; // a leaf in an entry bundle: its length in two bytes, and itself

export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly nodes: TileNodes;
}

export interface FullBundle {
  readonly index: number;
  readonly bytes: Bytes;
}

interface Edge {
  index: number; // of the tile within its level
  nodes: TileNodes;
}

const key = (level: number, index: number): string => `${level}/${index}`;

export class LogTree {
  readonly #edges: Edge[] = []; // by tile level
  readonly #full = new Map<string, FullTile>();
  readonly #bundles = new Map<number, FullBundle>();
  #bundle = new Uint8Array(TILE_WIDTH * BUNDLED);
  #size: number;

  /** A tree of `size` entries whose edge is put in by `restore`. */
  constructor(size = 0) {
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @param rows   what `growEdge` made of these leaves
   * @param leaves one behind the other
   */
  grow(rows: readonly NewRow[], leaves: Bytes): void {
    for (let at = 0; at < leaves.length; at += LEAF_LENGTH) this.#addLeaf(leaves.subarray(at, at + LEAF_LENGTH));
    for (const row of rows) this.#addRow(row);
  }

  #addLeaf(leaf: Bytes): void {
    const at = this.#size % TILE_WIDTH;
    this.#bundle[at * BUNDLED + 1] = LEAF_LENGTH;
    this.#bundle.set(leaf, at * BUNDLED + 2);
    this.#size += 1;
    if (at < TILE_WIDTH - 1) return;
    const index = this.#size / TILE_WIDTH - 1;
    this.#bundles.set(index, { index, bytes: this.#bundle });
    this.#bundle = new Uint8Array(TILE_WIDTH * BUNDLED);
  }

  /** Puts a row into the tiles that it falls into. */
  #addRow({ level, first, hashes }: NewRow): void {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const row = level % TILE_HEIGHT;
    const across = TILE_WIDTH / 2 ** row;
    const count = hashes.length / HASH_LENGTH;
    for (let done = 0; done < count; ) {
      const index = first + done;
      const at = index % across;
      const some = Math.min(across - at, count - done);
      const tile = this.#tileToFill(tileLevel, Math.floor(index / across));
      tile.nodes.put(row, at, hashes.subarray(done * HASH_LENGTH, (done + some) * HASH_LENGTH));
      if (row === 0 && at + some === TILE_WIDTH)
        this.#full.set(key(tileLevel, tile.index), { level: tileLevel, ...tile });
      done += some;
    }
  }

  /** The rows of a batch come one after the other, so an upper row may still belong to a tile that is full by now. */
  #tileToFill(level: number, index: number): Edge {
    const edge = this.#edges[level];
    if (edge?.index === index) return edge;
    const full = this.#full.get(key(level, index));
    if (full !== undefined) return full;
    const begun = { index, nodes: new TileNodes() };
    this.#edges[level] = begun;
    return begun;
  }

  /** Puts back the partial tile of a level and, at level 0, the bundle that belongs to it. */
  restore(level: number, { index, nodes, bundle }: { index: number; nodes: TileNodes; bundle?: Bytes }): void {
    this.#edges[level] = { index, nodes };
    if (bundle !== undefined) this.#bundle.set(bundle);
  }

  /** The tile, partial or full, if it is in memory. */
  tile(level: number, index: number): TileNodes | undefined {
    const edge = this.#edges[level];
    return edge?.index === index ? edge.nodes : this.#full.get(key(level, index))?.nodes;
  }

  /** The first entries of the newest bundle, as a bundle file has them; a view, undefined when that one is full by now. */
  bundle(index: number, width: number): Bytes | undefined {
    if (Math.floor(this.#size / TILE_WIDTH) === index) return this.#bundle.subarray(0, width * BUNDLED);
    return this.#bundles.get(index)?.bytes.subarray(0, width * BUNDLED);
  }

  /** Full tiles and bundles that are not files yet. */
  unwritten(): { readonly tiles: readonly FullTile[]; readonly bundles: readonly FullBundle[] } {
    return { tiles: [...this.#full.values()], bundles: [...this.#bundles.values()] };
  }

  tileWritten({ level, index }: FullTile): void {
    this.#full.delete(key(level, index));
  }

  bundleWritten({ index }: FullBundle): void {
    this.#bundles.delete(index);
  }
}

/** Bytes of a full bundle. */
export const BUNDLE_BYTES = TILE_WIDTH * BUNDLED;

/** The bundle file of these leaves, given one behind the other. */
export function bundleOf(leaves: Bytes): Bytes {
  const bytes = new Uint8Array((leaves.length / LEAF_LENGTH) * BUNDLED);
  for (let [from, at] = [0, 0]; from < leaves.length; from += LEAF_LENGTH, at += BUNDLED) {
    bytes[at + 1] = LEAF_LENGTH;
    bytes.set(leaves.subarray(from, from + LEAF_LENGTH), at + 2);
  }
  return bytes;
}

/** The leaves of a bundle file, one behind the other, or undefined when it is not one of this format. */
export function leavesOfBundle(bytes: Bytes): Bytes | undefined {
  if (bytes.length % BUNDLED !== 0 || bytes.length > TILE_WIDTH * BUNDLED) return undefined;
  const leaves = new Uint8Array((bytes.length / BUNDLED) * LEAF_LENGTH);
  for (let [at, to] = [0, 0]; at < bytes.length; at += BUNDLED, to += LEAF_LENGTH) {
    if (bytes[at] !== 0 || bytes[at + 1] !== LEAF_LENGTH) return undefined;
    leaves.set(bytes.subarray(at + 2, at + BUNDLED), to);
  }
  return leaves;
}
