/**
 * The hashes of one tile and the inner nodes over them: up to 256 hashes of level 8t, then the levels above up to the
 * one below the tile's root, each row behind the one it is made from.
 */
import type { Bytes } from '@visor/record';
import { HASH_LENGTH } from '../tree.ts';
import type { TreeHasher } from './tree-hasher.ts';

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
export const TILE_BYTES = TILE_WIDTH * HASH_LENGTH;
const rowStart = (row: number): number => 2 * TILE_WIDTH - (2 * TILE_WIDTH) / 2 ** row;

export class TileNodes {
  readonly #bytes = new Uint8Array((2 * TILE_WIDTH - 2) * HASH_LENGTH);

  /** Puts neighbouring nodes of a row in their places. */
  put(row: number, at: number, hashes: Bytes): void {
    this.#bytes.set(hashes, (rowStart(row) + at) * HASH_LENGTH);
  }

  /** A copy; `row` 0 to 7. */
  hash(row: number, at: number): Bytes {
    const start = (rowStart(row) + at) * HASH_LENGTH;
    return this.#bytes.slice(start, start + HASH_LENGTH);
  }

  /** The first hashes of the tile as a tile file has them; a view. */
  file(width: number): Bytes {
    return this.#bytes.subarray(0, width * HASH_LENGTH);
  }

  /** The root over a full tile, which is a hash of the tile above it. */
  root(hasher: TreeHasher): Bytes {
    return hasher.pairs(this.#bytes.subarray(rowStart(TILE_HEIGHT - 1) * HASH_LENGTH));
  }
}

/** A tile from the hashes that a file holds; inner nodes are made again. */
export function tileFromFile(hasher: TreeHasher, bytes: Bytes): TileNodes {
  const tile = new TileNodes();
  let row = bytes;
  for (let height = 0; height < TILE_HEIGHT && row.length > 0; height += 1) {
    tile.put(height, 0, row);
    row = hasher.pairs(row.subarray(0, row.length - (row.length % (2 * HASH_LENGTH))));
  }
  return tile;
}
