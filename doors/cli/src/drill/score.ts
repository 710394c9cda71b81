import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openPool } from '@visor/face/pool';
import { nodeTools } from '@visor/verifier/node';
import { atOnce } from './at-once.ts';
import type { Drawn } from './drawings.ts';
import { type Described, type Scores, scorePairs } from './pairs.ts';
import { FAR } from './play.ts';

export interface Judged {
  readonly scores: Scores;
  /** Every template that could have been kept: of each drawing, and as it is made for enrolment. */
  readonly templates: readonly Described[];
}

/** Describes every drawing with the same code and models as the house, and compares all pairs. */
export async function judge(dataFolder: string, drawn: readonly Drawn[]): Promise<Judged> {
  const models = join(dataFolder, 'models');
  const pool = await openPool({
    modelsFolder: models,
    cacheFolder: models,
    children: availableParallelism(),
    sha256: nodeTools.sha256,
    say: () => undefined,
  });
  try {
    const pictures = drawn.flatMap(({ id, pictures: all }) => all.map((picture, k) => ({ person: id, picture, k })));
    const described = await atOnce(pictures, availableParallelism(), async ({ person, picture, k }) => ({
      person,
      template: (await pool.describe(picture, {})).template,
      enrolled: k === 0 ? (await pool.describe(picture, { enrol: true })).template : undefined,
    }));
    const { model, threshold } = pool.operatingPoint(FAR);
    const enrolled = described.flatMap(({ person, enrolled: template }) =>
      template === undefined ? [] : [{ person, template }],
    );
    return { scores: scorePairs(model, described, threshold), templates: [...described, ...enrolled] };
  } finally {
    await pool.close();
  }
}
