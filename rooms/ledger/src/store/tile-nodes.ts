/**
 * The hashes of one tile and the inner nodes over them: up to 256 hashes of level 8t, then the levels above up to the
 * one below the tile's root, each row behind the one it is made from.
 */
import type { Bytes } from '@visor/record';
import type { NodeHash } from '../tree.ts';

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
const HASH = 32;
const rowStart = (row: number): number => 2 * TILE_WIDTH - (2 * TILE_WIDTH) / 2 ** row;

export class TileNodes {
  readonly #bytes = new Uint8Array((2 * TILE_WIDTH - 2) * HASH);
  #width = 0;

  /** How many hashes of the tile are there. */
  get width(): number {
    return this.#width;
  }

  /** Puts a node of a row in its place; a node of row 0 is always the next one. */
  put(row: number, at: number, hash: Bytes): void {
    this.#bytes.set(hash, (rowStart(row) + at) * HASH);
    if (row === 0) this.#width = at + 1;
  }

  /** A copy; `row` 0 to 7. */
  hash(row: number, at: number): Bytes {
    const start = (rowStart(row) + at) * HASH;
    return this.#bytes.slice(start, start + HASH);
  }

  /** The first hashes of the tile as a tile file has them; a view. */
  file(width: number): Bytes {
    return this.#bytes.subarray(0, width * HASH);
  }

  /** The root over a full tile, which is a hash of the tile above it. */
  root(node: NodeHash): Bytes {
    return node(this.hash(TILE_HEIGHT - 1, 0), this.hash(TILE_HEIGHT - 1, 1));
  }
}

/** A tile from the hashes that a file holds; inner nodes are made again. */
export function tileFromFile(node: NodeHash, bytes: Bytes): TileNodes {
  const tile = new TileNodes();
  for (let at = 0; at < bytes.length / HASH; at += 1) {
    let hash = bytes.subarray(at * HASH, (at + 1) * HASH);
    tile.put(0, at, hash);
    for (let [row, rest] = [1, at]; row < TILE_HEIGHT && rest % 2 === 1; row += 1) {
      hash = node(tile.hash(row - 1, rest - 1), hash);
      rest = (rest - 1) / 2;
      tile.put(row, rest, hash);
    }
  }
  return tile;
}
