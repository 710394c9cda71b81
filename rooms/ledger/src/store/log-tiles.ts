/** The hashes of one log: from memory at its right edge, from tile files elsewhere, from the segments where a file fails. */
import { type Bytes, concat, equalBytes, Refusal, type Sha256, text } from '@visor/record';
import { parseNote } from '../note.ts';
import {
  consistencyPath,
  type Edge,
  edgeRoot,
  emptyEdge,
  foldNodes,
  HASH_LENGTH,
  inclusionPath,
  type NodeRef,
} from '../tree.ts';
import { growEdge } from './grow-edge.ts';
import type { LedgerState, LogState } from './ledger-state.ts';
import { BUNDLE_BYTES, bundleOf, LogTree, leavesOfBundle } from './log-tree.ts';
import { leavesOf } from './recover.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { TileCache } from './tile-cache.ts';
import { partialTiles, type TileFiles } from './tile-files.ts';
import { TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, type TileNodes, tileFromFile } from './tile-nodes.ts';
import { CHECKPOINT, tilePath } from './tile-paths.ts';
import type { TreeHasher } from './tree-hasher.ts';

export interface TilePlan {
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly state: LedgerState;
  readonly reader: SegmentReader;
  readonly files: TileFiles;
  readonly cache: TileCache;
  readonly say: (line: string) => void;
}

const LEAVES_A_READ = 4096;

export class LogTiles {
  readonly #plan: TilePlan;
  readonly #loading = new Map<string, Promise<LogTree>>();

  constructor(plan: TilePlan) {
    this.#plan = plan;
  }

  /** @throws Refusal `ledger.index`, `ledger.damaged` */
  prove(log: LogState, index: number, size: number): Promise<readonly Bytes[]> {
    if (!areSizes(index, size, log.edge.size) || index === size) {
      throw new Refusal('ledger.index', { index, size, entries: log.edge.size });
    }
    return this.#answer(log, inclusionPath(index, size));
  }

  /** @throws Refusal `ledger.index`, `ledger.damaged` */
  consistency(log: LogState, from: number, to: number): Promise<readonly Bytes[]> {
    if (!areSizes(from, to, log.edge.size)) {
      throw new Refusal('ledger.index', { from, to, entries: log.edge.size });
    }
    return this.#answer(log, consistencyPath(from, to));
  }

  async #answer(log: LogState, path: readonly (readonly NodeRef[])[]): Promise<readonly Bytes[]> {
    if (log.tree === undefined) await this.tree(log);
    const proof: Bytes[] = [];
    for (const refs of path) {
      const hashes: Bytes[] = [];
      for (const ref of refs) hashes.push(this.#known(log, ref) ?? (await this.#fetch(log, ref)));
      proof.push(foldNodes(this.#plan.sha256, hashes));
    }
    return proof;
  }

  #known(log: LogState, ref: NodeRef): Bytes | undefined {
    const { level, index, row, at } = spotOf(ref);
    const tile = log.tree?.tile(level, index) ?? this.#plan.cache.get(`${log.origin} ${level}/${index}`);
    return tile?.hash(row, at);
  }

  async #fetch(log: LogState, ref: NodeRef): Promise<Bytes> {
    const { level, index, row, at } = spotOf(ref);
    return (await this.#fullTile(log, level, index)).hash(row, at);
  }

  /** A full tile whose hashes were found to lead to the hash that the tile above has of it. */
  async #fullTile(log: LogState, level: number, index: number): Promise<TileNodes> {
    const key = `${log.origin} ${level}/${index}`;
    const known = log.tree?.tile(level, index) ?? this.#plan.cache.get(key);
    if (known !== undefined) return known;
    const above = { level: (level + 1) * TILE_HEIGHT, index };
    const expected = this.#known(log, above) ?? (await this.#fetch(log, above));
    const bytes = await this.#plan.files.read(log.origin, tilePath(level, index));
    let tile = bytes?.length === TILE_BYTES ? tileFromFile(this.#plan.hasher, bytes) : undefined;
    if (tile === undefined || !equalBytes(tile.root(this.#plan.hasher), expected)) {
      tile = await this.#makeAgain(log, level, index);
      if (!equalBytes(tile.root(this.#plan.hasher), expected)) throw new Refusal('ledger.damaged', { level, index });
      await this.#plan.files.write(log.origin, tilePath(level, index), tile.file(TILE_WIDTH));
      this.#plan.say(`Tile ${tilePath(level, index)} of ${log.origin} was missing or damaged and was made again.`);
    }
    this.#plan.cache.set(key, tile);
    return tile;
  }

  /** Makes the files of a full tile again if they are missing or cut short; answers how many files were looked at. */
  async mend(log: LogState, level: number, index: number): Promise<number> {
    const { files } = this.#plan;
    if ((await files.length(log.origin, tilePath(level, index))) !== TILE_BYTES) {
      const tile = await this.#makeAgain(log, level, index);
      await files.write(log.origin, tilePath(level, index), tile.file(TILE_WIDTH));
    }
    if (level > 0) return 1;
    const name = tilePath('entries', index);
    if ((await files.length(log.origin, name)) !== BUNDLE_BYTES) {
      await files.write(log.origin, name, bundleOf(await this.#leaves(log, index * TILE_WIDTH)));
    }
    return 2;
  }

  async #leaves(log: LogState, from: number): Promise<Bytes> {
    const { state, reader } = this.#plan;
    return concat(await leavesOf({ state, reader, log }, from, from + TILE_WIDTH));
  }

  async #makeAgain(log: LogState, level: number, index: number): Promise<TileNodes> {
    const { hasher } = this.#plan;
    const from = index * TILE_WIDTH;
    if (level === 0) return tileFromFile(hasher, hasher.leaves(await this.#leaves(log, from)));
    const hashes = new Uint8Array(TILE_BYTES);
    for (let i = 0; i < TILE_WIDTH; i += 1) {
      // not #fullTile, which would ask this very tile what to expect
      hashes.set((await this.#makeAgain(log, level - 1, from + i)).root(hasher), i * HASH_LENGTH);
    }
    return tileFromFile(hasher, hashes);
  }

  /** The tree of a log, loaded from its files and brought up to its newest entry. */
  async tree(log: LogState): Promise<LogTree> {
    if (log.tree !== undefined) return log.tree;
    const loading = this.#loading.get(log.origin) ?? this.#load(log).finally(() => this.#loading.delete(log.origin));
    this.#loading.set(log.origin, loading);
    return loading;
  }

  async #load(log: LogState): Promise<LogTree> {
    const restored = await this.#restore(log);
    if (restored === undefined && log.published > 0) {
      this.#plan.say(`The tiles of ${log.origin} do not belong to its checkpoint and are made again.`);
      log.spoilt = true;
    }
    const { tree, edge: begun } = restored ?? { tree: new LogTree(), edge: emptyEdge };
    const { sha256, hasher, state, reader } = this.#plan;
    let edge = begun;
    // the appender may go on meanwhile; in the turn in which the tree is whole it is handed over
    while (tree.size < log.edge.size) {
      const to = Math.min(tree.size + LEAVES_A_READ, log.edge.size);
      const leaves = concat(await leavesOf({ state, reader, log }, tree.size, to));
      const grown = growEdge(hasher, edge, hasher.leaves(leaves));
      edge = grown.edge;
      tree.grow(grown.rows, leaves);
      if (tree.unwritten().tiles.length > 64) await this.writeFull(log.origin, tree);
    }
    if (!equalBytes(edgeRoot(sha256, edge), log.root)) throw new Refusal('ledger.damaged', { size: edge.size });
    log.tree = tree;
    return tree;
  }

  /** Writes full tiles and bundles that are not files yet; answers their names. */
  async writeFull(origin: string, tree: LogTree): Promise<readonly string[]> {
    const { tiles, bundles } = tree.unwritten();
    const names: string[] = [];
    for (const bundle of bundles) {
      const name = tilePath('entries', bundle.index);
      await this.#plan.files.write(origin, name, bundle.bytes);
      tree.bundleWritten(bundle);
      names.push(name);
    }
    for (const tile of tiles) {
      const name = tilePath(tile.level, tile.index);
      await this.#plan.files.write(origin, name, tile.nodes.file(TILE_WIDTH));
      this.#plan.cache.set(`${origin} ${tile.level}/${tile.index}`, tile.nodes);
      tree.tileWritten(tile);
      names.push(name);
    }
    return names;
  }

  /** The tree at the published checkpoint, or undefined when the files do not lead to its root. */
  async #restore(log: LogState): Promise<{ tree: LogTree; edge: Edge } | undefined> {
    const head = await this.#publishedHead(log);
    if (head === undefined || head.size === 0 || head.size > log.edge.size) return undefined;
    const tree = new LogTree(head.size);
    const hashes: Bytes[] = []; // of the edge, smallest subtree first
    for (const { level, index, width } of partialTiles(head.size)) {
      const file = await this.#plan.files.read(log.origin, tilePath(level, index, width));
      const bundle = level > 0 ? undefined : await this.#plan.files.read(log.origin, tilePath('entries', index, width));
      const row = level > 0 ? file : this.#leafHashes(bundle);
      if (file === undefined || row === undefined || !equalBytes(file, row)) return undefined;
      if (row.length !== width * HASH_LENGTH) return undefined;
      const nodes = tileFromFile(this.#plan.hasher, row);
      tree.restore(level, { index, nodes, ...(bundle === undefined ? {} : { bundle }) });
      for (let r = 0, rest = width; rest > 0; r += 1, rest = Math.floor(rest / 2)) {
        if (rest % 2 === 1) hashes.push(nodes.hash(r, rest - 1));
      }
    }
    const edge: Edge = { size: head.size, hashes: hashes.reverse() };
    return equalBytes(edgeRoot(this.#plan.sha256, edge), head.root) ? { tree, edge } : undefined;
  }

  #leafHashes(bundle: Bytes | undefined): Bytes | undefined {
    const leaves = bundle === undefined ? undefined : leavesOfBundle(bundle);
    return leaves === undefined ? undefined : this.#plan.hasher.leaves(leaves);
  }

  /** What the checkpoint on disk says; undefined when it is missing or cut short, which only costs time. */
  async #publishedHead(log: LogState): Promise<{ size: number; root: Bytes } | undefined> {
    const bytes = await this.#plan.files.read(log.origin, CHECKPOINT);
    if (bytes === undefined) return undefined;
    try {
      return parseNote(text(bytes));
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}

/** Whole numbers, none smaller than the one before. */
const areSizes = (...sizes: readonly number[]): boolean =>
  sizes.every((size, i) => Number.isSafeInteger(size) && size >= (sizes[i - 1] ?? 0));

/** In which tile a complete subtree stands, and where in it. */
function spotOf({ level, index }: NodeRef): { level: number; index: number; row: number; at: number } {
  const row = level % TILE_HEIGHT;
  const across = TILE_WIDTH / 2 ** row;
  return { level: (level - row) / TILE_HEIGHT, index: Math.floor(index / across), row, at: index % across };
}
