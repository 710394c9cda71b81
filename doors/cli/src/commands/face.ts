import { join } from 'node:path';
import { compareFaces } from '@visor/face';
import { type FacePool, openPool } from '@visor/face/pool';
import { sha256 } from '@visor/server';
import { type Context, EXIT, type Exit, readGiven, say, sayJson, warn } from '../context.ts';

const MOST_BYTES = 64 * 1024 * 1024; // larger than the pool takes, so that it is the pool that says so
const FAR = 1e-4;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

function pool(context: Context): Promise<FacePool> {
  const models = join(context.folder, 'models');
  return openPool({
    modelsFolder: models,
    cacheFolder: models,
    children: 1,
    sha256,
    say: (line) => warn(context, line),
  });
}

/** `face find`: boxes in pixels and scores from 0 to 1; nothing is kept. */
export async function faceFind(context: Context, flags: Flags, words: readonly string[]): Promise<Exit> {
  const picture = await readGiven(words[0]!, MOST_BYTES); // the parser asks for one
  await using faces = await pool(context);
  const found = await faces.find(picture);
  if (flags.json === true) sayJson(context, { faces: found.map(({ box, score }) => ({ box: { ...box }, score })) });
  else
    for (const { box, score } of found)
      say(context, `${box.x} ${box.y} ${box.width} ${box.height}  ${score.toFixed(3)}`);
  return found.length > 0 ? EXIT.done : EXIT.refused;
}

/** `face compare`: a cosine from -1 to 1 and the operating point that it is held against. */
export async function faceCompare(context: Context, flags: Flags, words: readonly string[]): Promise<Exit> {
  const pictures = await Promise.all(words.map((word) => readGiven(word, MOST_BYTES)));
  await using faces = await pool(context);
  const [a, b] = [await faces.describe(pictures[0]!, {}), await faces.describe(pictures[1]!, {})]; // the parser asks for two
  const { model, threshold } = faces.operatingPoint(FAR);
  const score = Math.round(compareFaces(model, a.template, b.template) * 10_000) / 10_000;
  const same = score >= threshold;
  if (flags.json === true) sayJson(context, { score, threshold, far: FAR, model: model.id, above: same });
  else say(context, `${score}  (${same ? '≥' : '<'} ${threshold}, the operating point at FAR ${FAR} of ${model.id})`);
  return same ? EXIT.done : EXIT.refused;
}
