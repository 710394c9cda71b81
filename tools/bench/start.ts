/** `npm start` in a clean clone with an empty npm cache and data folder, to the first page; then again, warm. */
import { median, printFigures, printTable } from '../figures.ts';
import { CleanCheckout } from './start/clean-checkout.ts';

const WARM = 5;

using checkout = new CleanCheckout();
const cold = await checkout.start();
const fetched = await checkout.fetchedMib();
const warm: number[] = [];
for (let i = 0; i < WARM; i += 1) warm.push(await checkout.start());

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
printTable([
  ['start', 'seconds to the first page', 'MiB fetched'],
  ['cold, with nothing there', round(cold, 1), round(fetched, 1)],
  ...warm.map((seconds) => ['warm', round(seconds, 2), '']),
]);
printFigures('start', { cold_s: round(cold, 2), warm_s: round(median(warm), 3), fetched_mib: round(fetched, 1) });
