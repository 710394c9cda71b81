import type { Embedded } from './embed-child.ts';
import { personOf } from './lfw.ts';

const FOLDS = 10;
const BINS = 20_000; // over -1 to 1
const MOST_A_PERSON = 8;

/** Counts of scores of every pair of pictures, the first enrolled and the second a probe, by the folds of their people. */
export interface PairCounts {
  readonly pictures: number;
  readonly genuine: readonly Float64Array[]; //             by fold
  readonly impostor: readonly (readonly Float64Array[])[]; // by fold of the one and the other
}

/** @cost Quadratic in the pictures: some 29 million products of 512 numbers for View 2's pictures. */
export function countPairs(faces: ReadonlyMap<string, Embedded>, foldOf: ReadonlyMap<string, number>): PairCounts {
  const chosen = atMostEight([...faces.keys()].sort());
  const people = new Map([...new Set(chosen.map(personOf))].map((name, at) => [name, at]));
  const person = Int32Array.from(chosen, (picture) => people.get(personOf(picture))!);
  const fold = Int32Array.from(chosen, (picture) => foldOf.get(personOf(picture))!);
  const [enrolled, probe] = [matrix(chosen, faces, 'enrolled'), matrix(chosen, faces, 'probe')];
  const genuine = Array.from({ length: FOLDS }, () => new Float64Array(BINS + 1));
  const impostor = genuine.map(() => genuine.map(() => new Float64Array(BINS + 1)));
  for (let i = 0; i < chosen.length; i += 1) {
    for (let j = i + 1; j < chosen.length; j += 1) {
      const bin = Math.round(((dot(enrolled[i]!, probe[j]!) + 1) * BINS) / 2);
      const counts = person[i] === person[j] ? genuine[fold[i]!]! : impostor[fold[i]!]![fold[j]!]!;
      counts[bin]! += 1;
    }
  }
  return { pictures: chosen.length, genuine, impostor };
}

function atMostEight(pictures: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return pictures.filter((picture) => {
    const before = seen.get(personOf(picture)) ?? 0;
    seen.set(personOf(picture), before + 1);
    return before < MOST_A_PERSON;
  });
}

function matrix(
  pictures: readonly string[],
  faces: ReadonlyMap<string, Embedded>,
  which: 'enrolled' | 'probe',
): readonly Float32Array[] {
  return pictures.map((picture) => faces.get(picture)![which]);
}

/** Four sums at once, so that the additions do not wait for each other. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s, t, u, v] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 4) {
    s += a[i]! * b[i]!;
    t += a[i + 1]! * b[i + 1]!;
    u += a[i + 2]! * b[i + 2]!;
    v += a[i + 3]! * b[i + 3]!;
  }
  return s + t + u + v;
}

export interface RateAtFar {
  readonly tar: number; //       of the genuine pairs of all folds, each decided by a threshold of the others
  readonly heldFar: number; //   what came out on the impostor pairs inside the folds that were held out
  readonly threshold: number; // of all folds together
}

/** The true accept rate at a false accept rate, the threshold of each fold of people set where none of them is seen. */
export function rateAtFar({ genuine, impostor }: PairCounts, far: number): RateAtFar {
  let [accepted, tried, wrong, strangers] = [0, 0, 0, 0];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const others = impostor.flatMap((row, i) => row.filter((_, j) => i !== fold && j !== fold));
    const bin = binAtFar(others, far);
    accepted += countFrom(genuine[fold]!, bin);
    tried += countFrom(genuine[fold]!, 0);
    wrong += countFrom(impostor[fold]![fold]!, bin);
    strangers += countFrom(impostor[fold]![fold]!, 0);
  }
  return {
    tar: accepted / tried,
    heldFar: wrong / strangers,
    threshold: (2 * binAtFar(impostor.flat(), far)) / BINS - 1,
  };
}

/** The lowest bin from which on at most this share of the scores lies. */
function binAtFar(counts: readonly Float64Array[], far: number): number {
  const total = counts.reduce((sum, one) => sum + countFrom(one, 0), 0);
  let above = 0;
  for (let bin = BINS; bin >= 0; bin -= 1) {
    for (const one of counts) above += one[bin]!;
    if (above > far * total) return bin + 1;
  }
  return 0;
}

export function countFrom(counts: Float64Array, bin: number): number {
  let sum = 0;
  for (let i = bin; i < counts.length; i += 1) sum += counts[i]!;
  return sum;
}
