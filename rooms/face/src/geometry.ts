/** Pixels; x to the right, y down, (0, 0) the outer corner of the top left pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number; //      px, its left edge; may lie outside the picture
  readonly y: number; //      px, its upper edge
  readonly width: number; //  px
  readonly height: number; // px
}

export const area = (box: Box): number => box.width * box.height;

/** Intersection over union, 0 to 1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}
