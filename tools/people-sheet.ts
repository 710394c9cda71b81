/**
 * Draws a contact sheet of the drawn people, so that anyone can look at them:
 * `node tools/people-sheet.ts FILE.png [captures]` — one row a person: a plain portrait, then so many captures (0–6, default 3).
 */
import { captureOf, drawFrame, drawHead, type FrameOptions, PEOPLE, type PersonSeed } from '@visor/people';
import sharp from 'sharp';

const SIDE = 160;
const PEOPLE_A_ROW = 3;
const PORTRAIT: FrameOptions = { fill: 0.7, samples: 2, noise: 0 };

interface Picture {
  readonly rgb: Uint8Array;
  readonly left: number;
  readonly top: number;
}

function picturesOf(person: PersonSeed, place: { index: number; captures: number }): readonly Picture[] {
  const head = drawHead(person);
  const shots = [PORTRAIT, ...Array.from({ length: place.captures }, (_, k) => captureOf(person, k))];
  const column = (place.index % PEOPLE_A_ROW) * shots.length;
  const top = Math.floor(place.index / PEOPLE_A_ROW) * SIDE;
  return shots.map((shot, i) => {
    const { rgb } = drawFrame(head, { ...shot, width: SIDE, height: SIDE });
    return { rgb, left: (column + i) * SIDE, top };
  });
}

async function writeSheet(file: string, captures: number): Promise<void> {
  const raw = { width: SIDE, height: SIDE, channels: 3 } as const;
  const pictures = PEOPLE.flatMap((person, index) => picturesOf(person, { index, captures }));
  const width = SIDE * (captures + 1) * PEOPLE_A_ROW;
  const height = SIDE * Math.ceil(PEOPLE.length / PEOPLE_A_ROW);
  const layers = pictures.map(({ rgb, left, top }) => ({ input: Buffer.from(rgb), raw, left, top }));
  await sharp({ create: { width, height, channels: 3, background: 'black' } })
    .composite(layers)
    .png()
    .toFile(file);
  console.log(`${PEOPLE.length} people, ${pictures.length} pictures: ${file}`);
}

const [file, captures = '3'] = process.argv.slice(2);
if (file === undefined || !/^[0-6]$/.test(captures)) {
  console.error('usage: node tools/people-sheet.ts FILE.png [captures 0-6]');
  process.exitCode = 2;
} else {
  await writeSheet(file, Number(captures));
}
