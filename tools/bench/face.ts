/**
 * How well the face model tells people apart on Labeled Faces in the Wild, and what its rewriting saves.
 * The set is only measured: no picture, name or embedding of it is printed or written.
 */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareFaces, FACE_MODEL, inspectPicture, type Raster } from '@visor/face';
import {
  alignFace,
  decodePicture,
  loadNetworks,
  type NetworkFiles,
  readModels,
  restrictDecoders,
} from '@visor/face/pool';
import { type Cell, printFigures, printTable } from '../figures.ts';
import { readTar } from '../tar.ts';
import { countFrom, countPairs, rateAtFar } from './face/all-pairs.ts';
import { embedAll, type Gallery } from './face/embed-all.ts';
import { ARCHIVE, missingFrom, type Protocol, readProtocol } from './face/lfw.ts';
import { rewriteRatio } from './face/rewrite-ratio.ts';
import { equalErrorRate, scorePairs, viewTwo } from './face/view-two.ts';

const CROPS = 400; // for the ratio
const RATES = [1e-2, 1e-3, 1e-4, 1e-5] as const;
const models = resolve(process.env.VISOR_DATA ?? 'data', 'models');

const { values } = parseArgs({ options: { lfw: { type: 'string' } } });
const missing = values.lfw === undefined ? ['--lfw DIR'] : missingFrom(values.lfw);
if (missing.length > 0) {
  console.error(`The bench face needs Labeled Faces in the Wild; missing: ${missing.join(', ')}`);
  process.exitCode = 4;
} else {
  await bench(values.lfw!);
}

async function bench(folder: string): Promise<void> {
  const say = (sentence: string): void => console.error(sentence);
  const files = await readModels({
    modelsFolder: models,
    cacheFolder: models,
    sha256: (data) => hash('sha256', data, 'buffer'),
    say,
  });
  const protocol = readProtocol(folder);
  const gallery = await embedAll(folder, protocol.pictures, files);
  const accuracy = printViewTwo(protocol, gallery);
  const { tar, impostorPairs } = printAllPairs(protocol, gallery);
  printRefusals(gallery);
  const ratio = await printRatio(folder, files);
  console.log(`\n${gallery.cpuMs.toFixed(1)} CPU ms a picture, decoded, found twice and embedded three times`);
  printFigures('face', {
    lfw_accuracy: accuracy,
    tar_at_far_1e4: tar,
    impostor_pairs: impostorPairs,
    embed_cpu_ratio: ratio,
    faces_missed: gallery.missed.length,
  });
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** @returns the accuracy as the product compares: the first picture of a pair enrolled, the second a probe. */
function printViewTwo({ pairs }: Protocol, { faces }: Gallery): number {
  const ways = [
    ['probe against probe', 'probe', 'probe'],
    ['enrolled against probe (the product)', 'enrolled', 'probe'],
    ['enrolled against enrolled', 'enrolled', 'enrolled'],
  ] as const;
  const table: Cell[][] = [['View 2, 6,000 pairs', 'accuracy %', '± %', 'EER %']];
  let product = 0;
  for (const [name, first, second] of ways) {
    const scored = scorePairs(pairs, (a, b) => {
      const [one, other] = [faces.get(a)?.[first], faces.get(b)?.[second]];
      return one && other && compareFaces(FACE_MODEL, one, other);
    });
    const { accuracy, deviation } = viewTwo(scored);
    table.push([name, percent(accuracy), percent(deviation), percent(equalErrorRate(scored))]);
    if (first !== second) product = accuracy;
  }
  printTable(table);
  return product;
}

function printAllPairs({ foldOf }: Protocol, { faces }: Gallery): { tar: number; impostorPairs: number } {
  const counts = countPairs(faces, foldOf);
  const genuine = counts.genuine.reduce((sum, one) => sum + countFrom(one, 0), 0);
  const impostorPairs = counts.impostor.flat().reduce((sum, one) => sum + countFrom(one, 0), 0);
  console.log(`\nall pairs of ${counts.pictures} pictures: ${genuine} genuine, ${impostorPairs} impostor`);
  const rows = RATES.map((far) => ({ far, ...rateAtFar(counts, far) }));
  printTable([
    ['FAR', 'TAR %', 'FAR of people held out', 'threshold'],
    ...rows.map(({ far, tar, heldFar, threshold }) => [
      String(far),
      percent(tar),
      heldFar.toExponential(1),
      threshold.toFixed(3),
    ]),
  ]);
  return { tar: rows.find(({ far }) => far === 1e-4)!.tar, impostorPairs };
}

/** What the product would have refused: news photographs show crowds, and the protocol takes the central face. */
function printRefusals({ faces, missed }: Gallery): void {
  const counts = new Map<string, number>();
  for (const { refused } of faces.values()) counts.set(refused ?? 'none', 1 + (counts.get(refused ?? 'none') ?? 0));
  console.log('');
  printTable([
    ['refusal', 'pictures'],
    ['face.none (counted as missed)', missed.length],
    ...[...counts].sort().map(([code, count]): Cell[] => [code, count]),
  ]);
}

async function printRatio(folder: string, files: NetworkFiles): Promise<number> {
  const ratio = await rewriteRatio(models, files, await someCrops(folder, files));
  console.log('');
  printTable([
    ['embedding', 'CPU ms'],
    ['as shipped', ratio.shippedMs.toFixed(2)],
    ['rewritten', ratio.rewrittenMs.toFixed(2)],
  ]);
  console.log(`lowest cosine between the two of one crop: ${ratio.lowestCosine.toFixed(7)}`);
  return ratio.ratio;
}

async function someCrops(folder: string, files: NetworkFiles): Promise<readonly Raster[]> {
  restrictDecoders();
  const networks = await loadNetworks(files);
  const crops: Raster[] = [];
  for await (const { bytes } of readTar(createReadStream(join(folder, ARCHIVE)))) {
    if (crops.length === CROPS) break;
    crops.push((await alignFace(networks, await decodePicture(inspectPicture(bytes)), 'central')).crop);
  }
  return crops;
}
