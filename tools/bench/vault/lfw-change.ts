import { hash } from 'node:crypto';
import { resolve } from 'node:path';
import { compareFaces, FACE_MODEL } from '@visor/face';
import { readModels } from '@visor/face/pool';
import { embedAll } from '../face/embed-all.ts';
import { readProtocol } from '../face/lfw.ts';
import { equalErrorRate, scorePairs } from '../face/view-two.ts';
import { protectedScore } from './in-memory.ts';

/**
 * By how many percentage points rotating and packing move the equal error rate on View 2 of Labeled Faces in the Wild.
 * The set is only measured: nothing of it is printed or written.
 */
export async function eerChange(folder: string): Promise<{ plain: number; protected: number }> {
  const models = resolve(process.env.VISOR_DATA ?? 'data', 'models');
  const files = await readModels({
    ...{ modelsFolder: models, cacheFolder: models },
    sha256: (data) => hash('sha256', data, 'buffer'),
    say: (line) => console.error(line),
  });
  const { pairs, pictures } = readProtocol(folder);
  const { faces } = await embedAll(folder, pictures, files);
  const rate = (score: (enrolled: Float32Array, probe: Float32Array) => number): number =>
    equalErrorRate(
      scorePairs(pairs, (a, b) => {
        const [one, other] = [faces.get(a)?.enrolled, faces.get(b)?.probe];
        return one && other && score(one, other);
      }),
    );
  return { plain: rate((a, b) => compareFaces(FACE_MODEL, a, b)), protected: rate(protectedScore) };
}
