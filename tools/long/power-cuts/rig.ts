/** A ledger on the disk that fails, with clock, table and keeper in the hands of the test. */
import { hash } from 'node:crypto';
import type { Kind, PreparedEntry } from '@visor/ledger';
import { type Entered, type FileLayer, type Ledger, openLedger } from '@visor/ledger/store';
import { concat, idOf, type Random, u32 } from '@visor/record';
import { Disk } from './disk.ts';
import { quickEntry } from './house.ts';
import { sha256, TestKeeper } from './keeper.ts';
import { Stage } from './stage.ts';
import { TestTable } from './table.ts';

export const FOLDER = '/house/ledger';

/** Bytes that are the same in every run. */
export function seededBytes(seed: number, stream = 0): Random {
  let counter = 0;
  const block = (): Uint8Array => hash('sha256', concat([u32(seed), u32(stream), u32(counter++)]), 'buffer');
  return (length) => concat(Array.from({ length: Math.ceil(length / 32) }, block)).slice(0, length);
}

export class Rig {
  readonly random = seededBytes(1);
  readonly stage = new Stage();
  readonly said: string[] = [];
  readonly log: { readonly site: string; readonly origin: string };
  table = new TestTable();
  keeper = new TestKeeper(this.random(32));
  disk = new Disk();

  constructor() {
    this.disk.plantFolder('/house');
    const site = idOf('sit', this.random(16));
    this.log = { site, origin: `visor.invalid/${site}/1` };
  }

  open(more: { readonly files?: FileLayer; readonly granularity?: 0 | 1 | 2 } = {}): Promise<Ledger> {
    return openLedger({
      ...{ folder: FOLDER, files: this.disk, sha256, signer: this.keeper, publicKey: this.keeper.publicKey },
      ...{ prefix: 'visor.invalid/', db: this.table, now: this.stage.now, random: this.random, timers: this.stage },
      ...{ sizes: { segment: 64 * 1024, reserve: 32 * 1024 }, say: (line: string) => this.said.push(line) },
      ...more,
    });
  }

  /** Commits an entry, as an act's statement does, and does not enter it. */
  commit(ledger: Ledger, kind?: Kind): PreparedEntry {
    const prepared = quickEntry(this.random, kind);
    this.table.commit(ledger.part(this.log, prepared, 'gate'));
    return prepared;
  }

  /** Commits and enters one entry after the other. */
  async enter(ledger: Ledger, count = 1): Promise<readonly Entered[]> {
    const entered: Entered[] = [];
    for (let i = 0; i < count; i += 1) entered.push(await ledger.enter(this.log, this.commit(ledger)));
    return entered;
  }

  /** Commits and enters many at once. */
  enterAll(ledger: Ledger, count: number): Promise<readonly Entered[]> {
    return Promise.all(Array.from({ length: count }, () => ledger.enter(this.log, this.commit(ledger))));
  }

  /** Lets the background do its rounds. */
  async rounds(count = 2): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      await this.stage.settle(20);
      await this.stage.pass(1000);
    }
    await this.stage.settle(20);
  }
}
