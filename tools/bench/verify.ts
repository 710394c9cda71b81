/** How long the offline verifier takes for a bundle, by its entries, and for a single receipt. CPU of this thread. */
import { cardOf, liveIn, makeBundle, makeReceipt } from '@visor/case/rehearsal';
import { type AnchorCard, parseAnchorCard } from '@visor/ledger';
import { verify, verifyReceipt } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { median, printFigures, printTable } from '../figures.ts';
import { houseOf } from '../node-house.ts';

const LOG = 'visor.invalid/bench/1';
const RUNS = 9;

interface Ground {
  readonly bundle: Uint8Array;
  readonly receipt: Uint8Array;
  readonly trust: AnchorCard;
}

function groundOf(entries: number): Ground {
  const house = houseOf(`bench ${entries}`);
  const shown = liveIn(house, LOG, entries - 1); // the bundle's own entry is one more
  const bundle = makeBundle(house, { origin: LOG, shown });
  const trust = parseAnchorCard(nodeTools.sha256, cardOf(house, LOG));
  return { bundle, receipt: makeReceipt(house, shown[0]!), trust };
}

/** Milliseconds of one time, the median of some runs of `times` each. @throws Error when the verdict is another than UNCHANGED */
function milliseconds(run: () => { readonly verdict: string }, times = 1): number {
  return median(
    Array.from({ length: RUNS }, () => {
      const before = process.threadCpuUsage();
      for (let time = 0; time < times; time += 1) {
        const { verdict } = run();
        if (verdict !== 'UNCHANGED') throw new Error(`the bench reads ${verdict}`);
      }
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000 / times;
    }),
  );
}

const figures: Record<string, number> = {};
const rows: (string | number)[][] = [['entries', 'KiB', 'ms CPU', 'entries/CPU s']];
for (const entries of [10, 100, 1000]) {
  const { bundle, receipt, trust } = groundOf(entries);
  const ms = milliseconds(() => verify(nodeTools, bundle, { trust }), Math.max(1, 100 / entries));
  rows.push([entries, Math.round(bundle.length / 1024), ms.toFixed(1), Math.round((1000 * entries) / ms)]);
  figures[`bundle_${entries}_ms`] = Number(ms.toFixed(2));
  figures[`bundle_${entries}_bytes`] = bundle.length;
  if (entries === 1000) {
    const one = milliseconds(() => verifyReceipt(nodeTools, receipt, { trust }), 100);
    rows.push(['a receipt', Math.round(receipt.length / 1024), one.toFixed(2), Math.round(1000 / one)]);
    figures.receipt_ms = Number(one.toFixed(3));
  }
}
printTable(rows);
printFigures('verify', figures);
