import type { Box, Point } from './geometry.ts';
import type { Raster } from './picture/orientation.ts';

/** What the landmark model takes: 1 x 1 x 64 x 64 grey / 256, and how many points it gives. */
export const LANDMARKS = { side: 64, points: 68 } as const;

/** The square that the landmark model was made for: as high as the detection, on its middle. */
export function landmarkSquare(box: Box): Box {
  const middle = box.x + box.width / 2;
  return { x: middle - box.height / 2, y: box.y, width: box.height, height: box.height };
}

/**
 * Grey values of a square of the picture at 64 x 64, each the mean of n x n evenly spread pixels, n the whole
 * number of picture pixels a cell spans, at most 8. Outside the picture its nearest pixel counts.
 * @returns 64 x 64 float32, 0 to just under 1 (Rec. 601 luma / 256).
 */
export function landmarkInput(picture: Raster, square: Box): Float32Array {
  const { side } = LANDMARKS;
  const out = new Float32Array(side * side);
  const cell = square.width / side;
  const n = Math.min(8, Math.max(1, Math.round(cell)));
  const columns = spread(square.x, cell, n).map((x) => 3 * Math.min(picture.width - 1, Math.max(0, Math.floor(x))));
  const rows = spread(square.y, cell, n).map((y) => Math.min(picture.height - 1, Math.max(0, Math.floor(y))));
  for (const [j, row] of rows.entries()) {
    const line = 3 * row * picture.width;
    const to = side * Math.floor(j / n);
    for (const [i, column] of columns.entries()) {
      const at = line + column;
      const luma = 0.299 * picture.rgb[at]! + 0.587 * picture.rgb[at + 1]! + 0.114 * picture.rgb[at + 2]!;
      out[to + Math.floor(i / n)]! += luma;
    }
  }
  return out.map((sum) => sum / (n * n) / 256);
}

function spread(start: number, cell: number, n: number): number[] {
  return Array.from({ length: LANDMARKS.side * n }, (_, i) => start + (cell * (i + 0.5)) / n);
}

/** @param answer 136 numbers, x and y as shares of the square. @returns 68 points in px of the picture (iBUG 300-W order). */
export function decodeLandmarks(answer: Float32Array, square: Box): readonly Point[] {
  return Array.from({ length: LANDMARKS.points }, (_, i) => ({
    x: square.x + answer[2 * i]! * square.width,
    y: square.y + answer[2 * i + 1]! * square.height,
  }));
}

/** Middle of the eye on the picture's left, of the one on its right, tip of the nose, left and right corner of the mouth. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** @param points 68, iBUG 300-W order, counted from 0. */
export function fivePoints(points: readonly Point[]): FivePoints {
  return [mean(points.slice(36, 42)), mean(points.slice(42, 48)), points[30]!, points[48]!, points[54]!];
}

function mean(points: readonly Point[]): Point {
  let [x, y] = [0, 0];
  for (const point of points) {
    x += point.x / points.length;
    y += point.y / points.length;
  }
  return { x, y };
}

/** How far the tip of the nose stands out before the eyes, in eye distances; fitted on drawn heads whose turn is known. */
const NOSE = 0.8;

/**
 * How far the head is turned to a side: the nose's offset from the middle of the eyes, along the line through them.
 * @returns degrees, positive when the face looks to the picture's right; off by some 5° within ±30°, not to be relied on beyond.
 */
export function yawOf([left, right, nose]: FivePoints): number {
  const [ex, ey] = [right.x - left.x, right.y - left.y];
  const offset = (nose.x - (left.x + right.x) / 2) * ex + (nose.y - (left.y + right.y) / 2) * ey;
  return (Math.atan2(offset, NOSE * (ex * ex + ey * ey)) * 180) / Math.PI;
}
