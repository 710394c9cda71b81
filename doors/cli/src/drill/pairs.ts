import { compareFaces, type FaceModel } from '@visor/face';

export interface Scores {
  readonly genuine_pairs: number;
  readonly genuine_min: number;
  readonly impostor_pairs: number;
  readonly impostor_max: number;
  readonly threshold: number;
}

export interface Described {
  readonly person: string;
  readonly template: Float32Array;
}

/** Every drawing against every other one: cosines, by whether both show the same drawn person. */
export function scorePairs(model: FaceModel, drawings: readonly Described[], threshold: number): Scores {
  let [genuine, impostor] = [0, 0];
  let [least, most] = [1, -1];
  for (const [i, a] of drawings.entries()) {
    for (const b of drawings.slice(i + 1)) {
      const score = compareFaces(model, a.template, b.template);
      if (a.person === b.person) {
        genuine += 1;
        least = Math.min(least, score);
      } else {
        impostor += 1;
        most = Math.max(most, score);
      }
    }
  }
  const rounded = (n: number): number => Math.round(n * 10_000) / 10_000;
  return {
    genuine_pairs: genuine,
    genuine_min: rounded(least),
    impostor_pairs: impostor,
    impostor_max: rounded(most),
    threshold,
  };
}
