import type { TileNodes } from './tile-nodes.ts';

/** Full tiles that were read, the least used going first. Sixteen kilobytes each. */
export class TileCache {
  readonly #tiles = new Map<string, TileNodes>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): TileNodes | undefined {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  set(key: string, tile: TileNodes): void {
    this.#tiles.set(key, tile);
    if (this.#tiles.size <= this.#most) return;
    const [oldest] = this.#tiles.keys();
    this.#tiles.delete(oldest!);
  }
}
