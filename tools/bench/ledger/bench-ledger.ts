/** A ledger on a real disk for the bench; its queue table is in memory, since the database is measured beside it. */
import { randomFillSync } from 'node:crypto';
import type { PreparedEntry } from '@visor/ledger';
import { type Ledger, openDigest, openLedger } from '@visor/ledger/store';
import { type Bytes, idOf, instant, type Random } from '@visor/record';
import { quickEntry } from '../../long/power-cuts/house.ts';
import { TestKeeper } from '../../long/power-cuts/keeper.ts';
import { TestTable } from '../../long/power-cuts/table.ts';

export const random: Random = (length) => randomFillSync(new Uint8Array(length));

export interface BenchLedger {
  readonly ledger: Ledger;
  readonly table: TestTable;
  readonly log: { readonly site: string; readonly origin: string };
  readonly publicKey: Bytes;
}

export async function benchLedger(folder: string): Promise<BenchLedger> {
  const keeper = new TestKeeper(random(32), await openDigest());
  const table = new TestTable();
  const site = idOf('sit', random(16));
  const ledger = await openLedger({
    ...{ folder, signer: keeper, publicKey: keeper.publicKey, prefix: 'visor.invalid/', db: table, random },
    ...{ now: () => instant(Date.now()), say: (line) => console.error(line) },
  });
  return { ledger, table, log: { site, origin: `visor.invalid/${site}/1` }, publicKey: keeper.publicKey };
}

/** Enters one after the other from so many writers; appends a second. */
export async function appendFrom(
  { ledger, table, log }: BenchLedger,
  {
    writers,
    milliseconds,
    prepare = () => quickEntry(random),
  }: { writers: number; milliseconds: number; prepare?: () => PreparedEntry },
): Promise<{ readonly rate: number; readonly count: number }> {
  const began = performance.now();
  let count = 0;
  const writer = async (): Promise<void> => {
    for (; performance.now() - began < milliseconds; count += 1) {
      const prepared = prepare();
      table.commit(ledger.part(log, prepared, 'gate'));
      await ledger.enter(log, prepared);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return { rate: (count / (performance.now() - began)) * 1000, count };
}
