import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareFaces, embeddingInput, FACE_MODEL, MANIFEST, type Raster, unit } from '@visor/face';
import { loadNetwork, type NetworkFiles } from '@visor/face/pool';

export interface Ratio {
  readonly shippedMs: number; //   CPU an embedding
  readonly rewrittenMs: number;
  readonly ratio: number; //       of the sums
  readonly lowestCosine: number; // between the two forms' templates of one crop
}

const WARM = 20;

/** Runs the embedding as shipped and as rewritten in turns, in this process, and compares what they give. */
export async function rewriteRatio(
  modelsFolder: string,
  files: NetworkFiles,
  crops: readonly Raster[],
): Promise<Ratio> {
  const dims = MANIFEST.files.embed.input.shape;
  const shipped = await loadNetwork(readFileSync(join(modelsFolder, MANIFEST.files.embed.file)), dims);
  const rewritten = await loadNetwork(files.embed, dims);
  const inputs = crops.map(embeddingInput);
  for (let i = 0; i < WARM; i += 1) for (const run of [shipped, rewritten]) await run(inputs[0]!);
  const cpu = [0, 0];
  let lowestCosine = 1;
  for (const input of inputs) {
    const templates: Float32Array[] = [];
    for (const [at, run] of [shipped, rewritten].entries()) {
      const before = process.cpuUsage();
      const answer = await run(input);
      const { user, system } = process.cpuUsage(before);
      cpu[at]! += (user + system) / 1000;
      templates.push(unit(answer.output!.data as Float32Array)); // the manifest says float32
    }
    lowestCosine = Math.min(lowestCosine, compareFaces(FACE_MODEL, templates[0]!, templates[1]!));
  }
  const [shippedMs, rewrittenMs] = [cpu[0]! / inputs.length, cpu[1]! / inputs.length];
  return { shippedMs, rewrittenMs, ratio: rewrittenMs / shippedMs, lowestCosine };
}
