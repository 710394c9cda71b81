/** Pictures for tests: of nobody by arithmetic, of drawn people who do not exist by @visor/people. */
import { drawFrame, drawHead, type FrameOptions, PEOPLE } from '@visor/people';
import sharp, { type Sharp } from 'sharp';

const heads = new Map<number, ReturnType<typeof drawHead>>();

/** Raw pixels of the n-th drawn person. */
export function drawn(person: number, options: FrameOptions = {}): { width: number; height: number; rgb: Uint8Array } {
  const head = heads.get(person) ?? drawHead(PEOPLE[person]!, 0.42);
  heads.set(person, head);
  const { width, height, rgb } = drawFrame(head, options);
  return { width, height, rgb };
}

type Raw = { width: number; height: number; rgb: Uint8Array };

export const encode = ({ width, height, rgb }: Raw): Sharp => sharp(rgb, { raw: { width, height, channels: 3 } });

export async function jpegOf(person: number, options: FrameOptions = {}): Promise<Uint8Array> {
  return await encode(drawn(person, options)).jpeg({ quality: 88 }).toBuffer();
}

/** Two pictures beside each other. */
export function beside(a: Raw, b: Raw): Raw {
  const width = a.width + b.width;
  const rgb = new Uint8Array(3 * width * a.height);
  for (let y = 0; y < a.height; y += 1) {
    rgb.set(a.rgb.subarray(3 * y * a.width, 3 * (y + 1) * a.width), 3 * y * width);
    rgb.set(b.rgb.subarray(3 * y * b.width, 3 * (y + 1) * b.width), 3 * (y * width + a.width));
  }
  return { width, height: a.height, rgb };
}

/** A landscape of sine waves: many colours, no face. */
export function waves(width: number, height: number): Raw {
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    rgb[3 * i] = 128 + 90 * Math.sin(x / 17);
    rgb[3 * i + 1] = 128 + 90 * Math.sin(y / 11);
    rgb[3 * i + 2] = 128 + 90 * Math.sin((x + y) / 23);
  }
  return { width, height, rgb };
}

/** Whole numbers from 0 on, seeded. */
export function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** One small picture in every kind that is read. */
export async function filesOfEveryKind(): Promise<Readonly<Record<string, Uint8Array>>> {
  const picture = encode(waves(70, 50));
  return {
    jpeg: await picture.clone().jpeg().toBuffer(),
    progressive: await picture.clone().jpeg({ progressive: true }).toBuffer(),
    grey: await picture.clone().greyscale().jpeg().toBuffer(),
    png: await picture.clone().png().toBuffer(),
    interlaced: await picture.clone().png({ progressive: true }).toBuffer(),
    palette: await picture.clone().png({ palette: true }).toBuffer(),
    webp: await picture.clone().webp().toBuffer(),
    lossless: await picture.clone().webp({ lossless: true }).toBuffer(),
    transparent: await picture.clone().ensureAlpha(0.5).webp().toBuffer(),
  };
}
