/** What it costs to open, compare, renew, re-wrap and erase sealed faces. */
import { parseArgs } from 'node:util';
import { FACE_MODEL } from '@visor/face';
import type { DescribedFace } from '@visor/vault';
import { type Cell, printFigures, printTable } from '../figures.ts';
import { missingFrom } from './face/lfw.ts';
import { drawnTemplate } from './vault/drawn-templates.ts';
import { houseOnDisk } from './vault/house-on-disk.ts';
import { measureInMemory, scoreChange } from './vault/in-memory.ts';
import { eerChange } from './vault/lfw-change.ts';
import { eraseMs, fill, releaseMs, rewrapUs } from './vault/with-keeper.ts';

const { values } = parseArgs({ options: { lfw: { type: 'string' }, million: { type: 'boolean', default: false } } });
const missing = values.lfw === undefined ? [] : missingFrom(values.lfw);
if (missing.length > 0) {
  console.error(`The folder of Labeled Faces in the Wild lacks: ${missing.join(', ')}`);
  process.exitCode = 4;
} else {
  await bench(values.lfw, values.million);
}

/** A face of somebody who does not exist; every picture another one. */
function describe(): DescribedFace {
  const quality = { size_px: 200, sharpness: 1, score: 0.9, yaw: 0 };
  return { template: drawnTemplate(), model: FACE_MODEL.id, quality };
}

async function erased(people: number): Promise<{ erase: number; release: number; rewrap: number }> {
  await using house = await houseOnDisk(describe);
  const [release, rewrap] = [await releaseMs(house), await rewrapUs(house)];
  return { release, rewrap, erase: await eraseMs(house, await fill(house, people)) };
}

async function bench(lfw: string | undefined, million: boolean): Promise<void> {
  const memory = measureInMemory();
  const change = scoreChange();
  const small = await erased(1000);
  const large = million ? { erase_ms_1e6: (await erased(1_000_000)).erase } : {};
  const rates = lfw === undefined ? undefined : await eerChange(lfw);
  const figures = {
    ...memory,
    ...{ key_release_ms_p50: small.release, rewrap_us: small.rewrap, erase_ms_1e3: small.erase },
    ...large,
    ...(rates === undefined ? {} : { eer_change_points: 100 * (rates.protected - rates.plain) }),
  };
  const rows: Cell[][] = [['what', 'value']];
  for (const [name, value] of Object.entries(figures)) rows.push([name, value.toPrecision(4)]);
  rows.push(['largest change of a score by packing', change.largest.toExponential(2)]);
  rows.push(['mean change of a score by packing', change.mean.toExponential(2)]);
  if (rates !== undefined) rows.push(['equal error rate, plain', rates.plain.toFixed(5)]);
  if (rates !== undefined) rows.push(['equal error rate, rotated and packed', rates.protected.toFixed(5)]);
  printTable(rows);
  printFigures('vault', figures);
}
