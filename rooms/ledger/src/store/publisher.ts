/**
 * Makes the public files: tiles and bundles first, then, when the keeper's memory is durable, the checkpoint that covers
 * them. In the background; nothing that is answered waits for it, and any of it can be made again.
 */
import type { Signer } from '../signer.ts';
import type { LedgerState, LogState } from './ledger-state.ts';
import type { LogTiles } from './log-tiles.ts';
import type { LogTree } from './log-tree.ts';
import { partialTiles, type TileFiles } from './tile-files.ts';
import { TILE_WIDTH } from './tile-nodes.ts';
import { tilePath } from './tile-paths.ts';

const SYNCS_A_ROUND = 32;
const TREES_KEPT = 1024;
const LOOKS_A_ROUND = 512;
const LOGS_A_ROUND = 128; // some ten milliseconds of work in each second, however many sites there are

export interface PublisherPlan {
  readonly state: LedgerState;
  readonly tiles: LogTiles;
  readonly files: TileFiles;
  readonly signer: Signer;
}

interface Written {
  readonly origin: string;
  readonly name: string;
}

export class Publisher {
  readonly #plan: PublisherPlan;
  #unsynced: Written[] = []; // full tiles, oldest first
  readonly #turns = new WeakMap<LogState, number>(); // the round in which each was published last
  #rounds = 0;
  readonly #looks: Iterator<() => Promise<number>>;

  constructor(plan: PublisherPlan) {
    this.#plan = plan;
    this.#looks = this.#look();
  }

  /** Publishes the signed heads of logs that have a newer one, at most so many. @throws Fault `ledger`, `keeper`; Refusal `ledger.damaged` */
  async round(most = LOGS_A_ROUND): Promise<void> {
    const { files, signer } = this.#plan;
    const due = this.#due(most);
    const ready: { log: LogState; size: number; note: string }[] = [];
    for (const log of due) {
      const { size, note } = log.head!; // those that are due have one
      await this.#writeTiles(log, size);
      ready.push({ log, size, note });
    }
    if (ready.length > 0) await signer.sync();
    for (const { log, size, note } of ready) {
      await files.writeCheckpoint(log.origin, note);
      await files.removePartials(log.origin, { before: log.published, now: size });
      log.published = size;
      log.spoilt = false;
    }
    await this.#syncSome();
    for (let looked = 0; looked < LOOKS_A_ROUND; ) {
      const { done, value: look } = this.#looks.next();
      if (done === true) break;
      looked += await look();
    }
    this.#dropTrees();
  }

  /** Those that are due, the ones that were published longest ago first: a busy log never keeps a quiet one waiting. */
  #due(most: number): readonly LogState[] {
    this.#rounds += 1;
    const due = [...this.#plan.state.logs.values()].filter(isDue);
    if (due.length > most) due.sort((a, b) => (this.#turns.get(a) ?? 0) - (this.#turns.get(b) ?? 0));
    for (const log of due.slice(0, most)) this.#turns.set(log, this.#rounds);
    return due.slice(0, most);
  }

  async #writeTiles(log: LogState, size: number): Promise<void> {
    const { tiles, files } = this.#plan;
    if (log.published === 0) await files.writeOrigin(log.origin);
    const tree = await tiles.tree(log);
    for (const name of await tiles.writeFull(log.origin, tree)) this.#unsynced.push({ origin: log.origin, name });
    for (const { level, index, width } of partialTiles(size)) {
      // undefined when the tile has become full meanwhile: then the full one is a file, or will be with the next round
      const nodes = tree.tile(level, index);
      if (nodes !== undefined) await files.write(log.origin, tilePath(level, index, width), nodes.file(width));
      if (level === 0) await this.#writeBundle(tree, { origin: log.origin, index, width });
    }
  }

  async #writeBundle(tree: LogTree, part: { origin: string; index: number; width: number }): Promise<void> {
    const bundle = tree.bundle(part.index, part.width);
    if (bundle === undefined) return;
    await this.#plan.files.write(part.origin, tilePath('entries', part.index, part.width), bundle);
  }

  /**
   * Looks once a run at all files that were there when it began, a few a round: what a power cut took is made again.
   * Each step answers how many files it looked at.
   */
  *#look(): Generator<() => Promise<number>> {
    const { state, tiles } = this.#plan;
    for (const log of [...state.logs.values()]) {
      const size = log.published;
      if (size === 0) continue;
      yield async () => {
        await tiles.tree(log); // marks the log when the files of its checkpoint are spoilt
        return 4;
      };
      for (let [level, count] = [0, Math.floor(size / TILE_WIDTH)]; count > 0; level += 1) {
        for (let index = 0; index < count; index += 1) yield () => tiles.mend(log, level, index);
        count = Math.floor(count / TILE_WIDTH);
      }
    }
  }

  /** A few full tiles a round: each sync takes its turn with the ledger's own. */
  async #syncSome(): Promise<void> {
    const some = this.#unsynced.slice(0, SYNCS_A_ROUND);
    await Promise.all(some.map(({ origin, name }) => this.#plan.files.sync(origin, name)));
    this.#unsynced = this.#unsynced.slice(some.length);
  }

  /** A quiet log's edge is read from its files when it is next needed. */
  #dropTrees(): void {
    const loaded = [...this.#plan.state.logs.values()].filter(({ tree }) => tree !== undefined);
    for (const log of loaded.slice(0, Math.max(0, loaded.length - TREES_KEPT))) {
      if (log.published === log.edge.size) delete log.tree;
    }
  }
}

const isDue = ({ head, published, spoilt }: LogState): boolean =>
  head !== undefined && (head.size > published || spoilt === true);
