import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Labeled Faces in the Wild as its own protocol files describe it. Only names are read here. */
export interface Protocol {
  readonly pairs: readonly Pair[]; //                        View 2: ten folds of 300 same and 300 different
  readonly pictures: readonly string[]; //                   the names in the archive that View 2 uses
  readonly foldOf: ReadonlyMap<string, number>; //           person -> fold of people, 0 to 9
}

export interface Pair {
  readonly fold: number;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

export const ARCHIVE = 'lfw-deepfunneled.tar';
const FILES = [ARCHIVE, 'pairs.txt', 'people.txt'];

/** The files that a folder lacks. */
export const missingFrom = (folder: string): readonly string[] =>
  FILES.filter((file) => !existsSync(join(folder, file)));

const pictureOf = (person: string, number: string): string => `lfw/${person}/${person}_${number.padStart(4, '0')}.jpg`;

export const personOf = (picture: string): string => picture.split('/')[1]!;

export function readProtocol(folder: string): Protocol {
  const pairs = readPairs(readFileSync(join(folder, 'pairs.txt'), 'utf8'));
  const pictures = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].sort();
  return { pairs, pictures, foldOf: readPeople(readFileSync(join(folder, 'people.txt'), 'utf8')) };
}

/** `10 300`, then for each fold 300 lines `NAME i j` and 300 lines `NAME i NAME j`. */
function readPairs(text: string): readonly Pair[] {
  const [head, ...lines] = rows(text);
  const [folds, each] = head!.map(Number);
  if (lines.length !== 2 * folds! * each!)
    throw new RangeError('pairs.txt does not hold the pairs that its first line says');
  return lines.map((line, at) => {
    const same = line.length === 3;
    const [first, i, second, j] = same ? [line[0], line[1], line[0], line[2]] : line;
    return { fold: Math.floor(at / (2 * each!)), a: pictureOf(first!, i!), b: pictureOf(second!, j!), same };
  });
}

/** `10`, then for each fold a count and so many lines `NAME pictures`. */
function readPeople(text: string): ReadonlyMap<string, number> {
  const [, ...lines] = rows(text);
  const folds = new Map<string, number>();
  let fold = -1;
  for (const line of lines) {
    if (line.length === 1) fold += 1;
    else folds.set(line[0]!, fold);
  }
  return folds;
}

const rows = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
