import type { Point } from './geometry.ts';
import type { FivePoints } from './landmarks.ts';
import type { Raster } from './picture/orientation.ts';

/** Side of the aligned crop in px. */
export const CROP_SIDE = 112;

/**
 * Where the five points lie in it: ArcFace's places moved half a pixel to the left and up, where the landmark model
 * and the embedding fit each other best (chosen on LFW's View 1).
 * @source Deng et al., ArcFace, CVPR 2019
 */
export const CROP_POINTS: FivePoints = [
  { x: 37.79, y: 51.2 },
  { x: 73.03, y: 51.0 },
  { x: 55.53, y: 71.24 },
  { x: 41.05, y: 91.87 },
  { x: 70.23, y: 91.7 },
];

/** Turn, scale and shift, no shear: x' = a x - b y + tx, y' = b x + a y + ty. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * The similarity that brings `from` nearest to `to` by the sum of squared distances.
 * Five points and no shear: a three-point affine follows every landmark error and costs ten points of accuracy.
 * @returns undefined when the points of `from` lie in one place, so that no scale can be told.
 * @source  Umeyama, PAMI 13(4), 1991, in two dimensions without mirroring.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  const n = from.length;
  const [f, t] = [middle(from), middle(to)];
  let [dot, cross, spread] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [from[i]!.x - f.x, from[i]!.y - f.y];
    const [u, v] = [to[i]!.x - t.x, to[i]!.y - t.y];
    dot += x * u + y * v;
    cross += x * v - y * u;
    spread += x * x + y * y;
  }
  const [a, b] = [dot / spread, cross / spread];
  if (!(spread > 1e-9) || !(Math.hypot(a, b) > 1e-9)) return undefined;
  return { a, b, tx: t.x - a * f.x + b * f.y, ty: t.y - b * f.x - a * f.y };
}

function middle(points: readonly Point[]): Point {
  let [x, y] = [0, 0];
  for (const point of points) {
    x += point.x;
    y += point.y;
  }
  return { x: x / points.length, y: y / points.length };
}

export function invert({ a, b, tx, ty }: Similarity): Similarity {
  const d = a * a + b * b;
  const [p, q] = [a / d, -b / d];
  return { a: p, b: q, tx: -(p * tx - q * ty), ty: -(q * tx + p * ty) };
}

export interface Crop extends Raster {
  readonly outside: number; // 0 to 1: the share of the crop that lies outside the picture
}

/**
 * Takes a square crop out of a picture.
 *
 * @param toCrop Picture px to crop px of a crop of 112; a larger `side` enlarges it in proportion.
 * @returns side x side; bilinear, the mean of n x n samples a pixel where the picture is n times finer (n ≤ 4);
 *          outside the picture grey 127, which the embedding's input turns to about 0.
 * @cost   side² x n² samples of three channels.
 */
export function warp(picture: Raster, toCrop: Similarity, side: number = CROP_SIDE): Crop {
  const back = invert(toCrop);
  const step = CROP_SIDE / side;
  const n = Math.min(4, Math.max(1, Math.round(step * Math.hypot(back.a, back.b))));
  const rgb = new Uint8Array(3 * side * side);
  const sum = new Float64Array(3);
  let missed = 0;
  for (let i = 0; i < side * side; i += 1) {
    sum.fill(0);
    for (let k = 0; k < n * n; k += 1) {
      const u = ((i % side) + ((k % n) + 0.5) / n) * step;
      const v = (Math.floor(i / side) + (Math.floor(k / n) + 0.5) / n) * step;
      const point = { x: back.a * u - back.b * v + back.tx, y: back.b * u + back.a * v + back.ty };
      missed += sample(picture, point, sum);
    }
    for (let c = 0; c < 3; c += 1) rgb[3 * i + c] = Math.round(sum[c]! / (n * n));
  }
  return { width: side, height: side, rgb, outside: missed / (side * side * n * n) };
}

/** Adds the colour at a point, between the centres of four pixels. @returns 1 when the point is outside, else 0. */
function sample({ width, height, rgb }: Raster, { x, y }: Point, sum: Float64Array): 0 | 1 {
  if (x < 0 || y < 0 || x >= width || y >= height) {
    for (let c = 0; c < 3; c += 1) sum[c]! += 127;
    return 1;
  }
  const px = Math.min(width - 1, Math.max(0, x - 0.5));
  const py = Math.min(height - 1, Math.max(0, y - 0.5));
  const [x0, y0] = [Math.floor(px), Math.floor(py)];
  const [fx, fy] = [px - x0, py - y0];
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  const at = 3 * (y0 * width + x0);
  for (let c = 0; c < 3; c += 1) {
    const top = rgb[at + c]! * (1 - fx) + rgb[at + right + c]! * fx;
    const bottom = rgb[at + below + c]! * (1 - fx) + rgb[at + below + right + c]! * fx;
    sum[c]! += top * (1 - fy) + bottom * fy;
  }
  return 0;
}
