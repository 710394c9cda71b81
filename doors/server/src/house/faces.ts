import type { FacePool } from '@visor/face/pool';
import { Fault } from '@visor/record';
import type { Faces } from '@visor/vault';

/** The face children as the vault needs them; a house opened without them describes nothing. */
export function facesOf(pool: FacePool | undefined): Faces {
  return {
    describe(picture, wants) {
      if (pool === undefined) throw new Fault('face', 'This house was opened without its face models.');
      return pool.describe(picture, wants);
    },
    model: (id) => pool?.model(id),
  };
}
