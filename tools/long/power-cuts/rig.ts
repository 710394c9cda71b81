/** A ledger on the disk that fails, with clock, table and keeper in the hands of the test. */
import { createCipheriv, hash } from 'node:crypto';
import type { Kind, PreparedEntry } from '@visor/ledger';
import { type Entered, type Ledger, type LedgerPlan, openLedger } from '@visor/ledger/store';
import { concat, idOf, type Random, u32 } from '@visor/record';
import { Disk } from './disk.ts';
import { quickEntry } from './house.ts';
import { sha256, TestKeeper } from './keeper.ts';
import { Stage } from './stage.ts';
import { TestTable } from './table.ts';

export const FOLDER = '/house/ledger';

/** Bytes that are the same in every run: AES in counter mode under a key made of the two numbers. */
export function seededBytes(seed: number, stream = 0): Random {
  const key = hash('sha256', concat([u32(seed), u32(stream)]), 'buffer');
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16));
  return (length) => new Uint8Array(cipher.update(new Uint8Array(length)));
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

  open(more: Partial<Pick<LedgerPlan, 'files' | 'granularity' | 'sizes'>> = {}): Promise<Ledger> {
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
