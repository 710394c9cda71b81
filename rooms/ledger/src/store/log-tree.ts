/**
 * The right edge of one log's tiles in memory: the tile of each level that is not full yet, the leaves of the newest,
 * and full tiles until they are files. Everything left of that is read from files.
 */
import type { Bytes } from '@visor/record';
import { LEAF_LENGTH } from '../leaf.ts';
import type { NewNode } from './grow-edge.ts';
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

  /** @param nodes what `growEdge` made of these leaves */
  grow(nodes: readonly NewNode[], leaves: readonly Bytes[]): void {
    let next = 0;
    for (const { level, hash } of nodes) {
      if (level === 0) {
        this.#addLeaf(leaves[next]!);
        next += 1;
      }
      this.#put(level, this.#size / 2 ** level - 1, hash);
    }
  }

  #addLeaf(leaf: Bytes): void {
    const at = this.#size % TILE_WIDTH;
    this.#bundle.set([0, LEAF_LENGTH], at * BUNDLED);
    this.#bundle.set(leaf, at * BUNDLED + 2);
    this.#size += 1;
    if (at < TILE_WIDTH - 1) return;
    const index = this.#size / TILE_WIDTH - 1;
    this.#bundles.set(index, { index, bytes: this.#bundle });
    this.#bundle = new Uint8Array(TILE_WIDTH * BUNDLED);
  }

  #put(level: number, index: number, hash: Bytes): void {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const row = level % TILE_HEIGHT;
    const across = TILE_WIDTH / 2 ** row;
    const tile = Math.floor(index / across);
    let edge = this.#edges[tileLevel];
    if (edge === undefined || edge.index !== tile) {
      edge = { index: tile, nodes: new TileNodes() };
      this.#edges[tileLevel] = edge;
    }
    edge.nodes.put(row, index % across, hash);
    if (row === TILE_HEIGHT - 1 && index % across === 1) {
      this.#full.set(key(tileLevel, tile), { level: tileLevel, index: tile, nodes: edge.nodes });
    }
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

/** The leaves of a bundle file, or undefined when it is not one of this format. */
export function leavesOfBundle(bytes: Bytes): readonly Bytes[] | undefined {
  if (bytes.length % BUNDLED !== 0 || bytes.length > TILE_WIDTH * BUNDLED) return undefined;
  const leaves: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += BUNDLED) {
    if (bytes[at] !== 0 || bytes[at + 1] !== LEAF_LENGTH) return undefined;
    leaves.push(bytes.subarray(at + 2, at + BUNDLED));
  }
  return leaves;
}
