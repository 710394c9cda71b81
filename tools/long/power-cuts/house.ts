/** One house with several writers, whose disk loses power again and again, and all that it has answered so far. */

import { createPublicKey, verify } from 'node:crypto';
import {
  fieldRootOf,
  type Kind,
  leafHash,
  openCheckpoint,
  type PreparedEntry,
  type VerifyEd25519,
  verifyConsistency,
  verifyInclusion,
} from '@visor/ledger';
import { checkLedger, type Entered, type FileLayer, type Ledger, openLedger } from '@visor/ledger/store';
import { type Bytes, concat, equalBytes, Fault, fromHex, hex, idOf, type Random, Refusal } from '@visor/record';
import { type Chance, Disk } from './disk.ts';
import { sha256, TestKeeper } from './keeper.ts';
import { Stage } from './stage.ts';
import { TestTable } from './table.ts';

const FOLDER = '/house/ledger';
const PREFIX = 'visor.invalid/';
const SIZES = { segment: 64 * 1024, reserve: 32 * 1024 };
const BLOB = 320; // of the smallest pad class

interface Answered {
  readonly id: Bytes;
  readonly site: string;
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  readonly note: string;
}

export interface CutHousePlan {
  readonly chance: Chance;
  readonly random: Random;
  readonly sites: number;
  /** Wraps the disk; a planted fault goes in here. */
  readonly wrap?: (disk: Disk) => FileLayer;
}

export class CutHouse {
  readonly #plan: CutHousePlan;
  readonly #keeper: TestKeeper;
  readonly #table = new TestTable();
  readonly #stage = new Stage();
  readonly #logs: readonly { readonly site: string; readonly origin: string }[];
  readonly #answered: Answered[] = [];
  #disk = new Disk();
  #ledger: Ledger | undefined;

  constructor(plan: CutHousePlan) {
    this.#plan = plan;
    this.#keeper = new TestKeeper(plan.random(32));
    this.#disk.plantFolder('/house'); // the house's own folder was there before
    this.#logs = Array.from({ length: plan.sites }, () => {
      const site = idOf('sit', plan.random(16));
      return { site, origin: `${PREFIX}${site}/1` };
    });
  }

  get answered(): number {
    return this.#answered.length;
  }

  /** Lives until the power goes at the given number of changes to the disk, then finds out what is left. */
  async liveUntil(changes: number): Promise<void> {
    const disk = this.#disk;
    let left = changes;
    disk.faults.cut = () => {
      left -= 1;
      return left <= 0;
    };
    let refused: string | undefined;
    void this.#open().then((opened) => {
      if (typeof opened === 'string') refused = opened;
    });
    await this.#until(() => disk.dead || this.#ledger !== undefined || refused !== undefined);
    while (!disk.dead && refused === undefined) {
      this.#write(1 + Math.floor(this.#plan.chance() * 6));
      await this.#stage.settle(1);
      if (this.#plan.chance() < 0.3) await this.#stage.pass(Math.floor(this.#plan.chance() * 2500));
    }
    this.#ledger = undefined;
    this.#keeper.restart(this.#plan.chance() < 0.5);
    this.#disk = disk.afterCut(this.#plan.chance);
  }

  /** What is wrong after the last cut; empty when nothing is. */
  async whatIsWrong(): Promise<readonly string[]> {
    const opened = await Promise.race([this.#open(), this.#patience()]);
    if (typeof opened === 'string') return [opened];
    for (let second = 0; second < 3; second += 1) {
      await this.#stage.settle(10);
      await this.#stage.pass(1000); // to enter, to mark, to publish
    }
    await this.#stage.settle(10);
    const wrong = [...(await this.#lost(opened)), ...(await this.#doubled(opened))];
    await opened[Symbol.asyncDispose]();
    this.#ledger = undefined;
    const { findings } = await checkLedger({
      folder: FOLDER,
      files: this.#disk,
      sha256,
      verify: verifyEd25519,
      publicKey: this.#keeper.publicKey,
    });
    return [...wrong, ...findings.map(({ what, file }) => `the check found ${what} in ${file}`)];
  }

  async #open(): Promise<Ledger | string> {
    const disk = this.#disk;
    try {
      const ledger = await openLedger({
        ...{
          folder: FOLDER,
          files: this.#plan.wrap?.(disk) ?? disk,
          sha256,
          sizes: SIZES,
          prefix: PREFIX,
        },
        ...{ publicKey: this.#keeper.publicKey, signer: mortal(this.#keeper, disk), db: mortal(this.#table, disk) },
        ...{ now: this.#stage.now, random: this.#plan.random, timers: this.#stage, say: () => undefined },
      });
      this.#ledger = ledger;
      return ledger;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Fault)) throw error;
      return `the start was refused: ${error instanceof Refusal ? `${error.code} ${JSON.stringify(error.facts)}` : error.message}`;
    }
  }

  async #until(done: () => boolean): Promise<void> {
    for (let turn = 0; turn < 10_000 && !done(); turn += 1) await this.#stage.settle(1);
  }

  /** A start that hangs is a failure too. */
  async #patience(): Promise<string> {
    await this.#until(() => this.#ledger !== undefined);
    return this.#ledger === undefined ? 'the start never ended' : new Promise<string>(() => undefined);
  }

  #write(count: number): void {
    const disk = this.#disk;
    for (let i = 0; i < count && !disk.dead && this.#ledger !== undefined; i += 1) {
      const log = this.#logs[Math.floor(this.#plan.chance() * this.#logs.length)]!;
      const prepared = quickEntry(this.#plan.random);
      this.#table.commit(this.#ledger.part(log, prepared, 'gate'));
      const remember = ({ index, size, note }: Entered): void => {
        if (!disk.dead) this.#answered.push({ id: prepared.id, ...log, index, size, note });
      };
      // some answers are never asked for: their writer died between the commit and the call
      if (this.#plan.chance() < 0.9) this.#ledger.enter(log, prepared).then(remember, notAnswered);
    }
  }

  async #lost(ledger: Ledger): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const was of this.#answered) {
      try {
        await this.#holds(ledger, was);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        wrong.push(`lost: entry ${was.index} of a log: ${error.code}`);
      }
    }
    const waiting = this.#table.rows.filter(({ entry_index }) => entry_index === null).length;
    return waiting > 0 ? [...wrong, `${waiting} committed entries were not entered`] : wrong;
  }

  /** Everything that the answer said still holds, under the newest head. */
  async #holds(ledger: Ledger, { id, site, origin, index, size, note }: Answered): Promise<void> {
    const head = await ledger.head(origin);
    const found = await ledger.find(site, id);
    const entry = await ledger.read(origin, index);
    const moved = head === undefined || found?.index !== index || !equalBytes(entry.id, id);
    if (moved) throw new Refusal('ledger.index', { index });
    const proof = await ledger.prove(origin, index, head.size);
    verifyInclusion(sha256, { leafHash: leafHash(sha256, entry.leaf), index, size: head.size, proof, root: head.root });
    const then = openCheckpoint({ sha256, verify: verifyEd25519 }, note, this.#keeper.publicKey);
    const consistency = await ledger.consistency(origin, size, head.size);
    verifyConsistency(sha256, {
      from: size,
      to: head.size,
      proof: consistency,
      fromRoot: then.root,
      toRoot: head.root,
    });
  }

  async #doubled(ledger: Ledger): Promise<readonly string[]> {
    const seen = new Set<string>();
    let entries = 0;
    for (const { origin } of this.#logs) {
      const size = (await ledger.head(origin))?.size ?? 0;
      for (let index = 0; index < size; index += 1) seen.add(hex((await ledger.read(origin, index)).id));
      entries += size;
    }
    const wrong = seen.size < entries ? [`doubled: ${entries - seen.size} entries stand twice`] : [];
    const rows = this.#table.rows.length;
    return entries === rows ? wrong : [...wrong, `${rows} entries were committed and ${entries} entered`];
  }
}

/** A prepared entry of random fields, which is all that the store looks at. */
export function quickEntry(random: Random, kind?: Kind): PreparedEntry {
  const bytes = random(16 + 8 * 32 + 64 + 2 * BLOB);
  let at = 0;
  const next = (length: number): Bytes => {
    at += length;
    return bytes.slice(at - length, at);
  };
  const id = next(16);
  const roots = Array.from({ length: 8 }, () => next(32));
  const tags = [next(32), next(32)] as const;
  const blobs = Array.from({ length: 8 }, (_, slot) => (slot < 2 ? next(BLOB) : undefined));
  return {
    id,
    padClass: 3,
    roots,
    tags,
    blobs,
    fieldRoot: fieldRootOf(sha256, roots),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** The machine that asks dies with its disk: what it has asked for is answered to nobody. */
function mortal<T extends object>(thing: T, disk: Disk): T {
  return new Proxy(thing, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (disk.dead) return new Promise(() => undefined);
        const answer: unknown = await Reflect.apply(value, target, args);
        return disk.dead ? new Promise(() => undefined) : answer;
      };
    },
  });
}

function notAnswered(error: unknown): void {
  if (!(error instanceof Refusal || error instanceof Fault)) throw error;
}

const SPKI_ED25519 = fromHex('302a300506032b6570032100'); // RFC 8410, before the 32 bytes of the key

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.from(concat([SPKI_ED25519, publicKey])), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};
