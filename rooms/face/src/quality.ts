import { Refusal } from '@visor/record';
import type { Raster } from './picture/orientation.ts';

export interface Quality {
  readonly size_px: number; //   height of the face's box in the picture as it was read (at most 800 px a side)
  readonly sharpness: number; // see `sharpnessOf`
  readonly score: number; //     the detector's, 0.6 to 1
  readonly yaw: number; //       degrees, see `yawOf`
  readonly outside: number; //   0 to 1: share of the aligned crop that lies outside the picture
}

/**
 * How much fine detail an aligned crop has: the mean square of its second differences over the mean square of its first
 * ones, both over the grey values in the middle 80 x 80. It does not change with brightness or contrast.
 * @returns 0 (flat or fully smeared) to about 6 (noise); faces in focus come to 0.35 and more.
 * @cost One pass.
 */
export function sharpnessOf(crop: Raster): number {
  const { width, rgb } = crop;
  const margin = Math.floor(width / 7);
  const grey = (x: number, y: number): number => {
    const at = 3 * (y * width + x);
    return 0.299 * rgb[at]! + 0.587 * rgb[at + 1]! + 0.114 * rgb[at + 2]!;
  };
  let [first, second] = [0, 0];
  for (let y = margin; y < width - margin; y += 1) {
    for (let x = margin; x < width - margin; x += 1) {
      const [here, left, right, up, down] = [
        grey(x, y),
        grey(x - 1, y),
        grey(x + 1, y),
        grey(x, y - 1),
        grey(x, y + 1),
      ];
      first += (right - left) ** 2 / 4 + (down - up) ** 2 / 4;
      second += (left + right - 2 * here) ** 2 + (up + down - 2 * here) ** 2;
    }
  }
  return first === 0 ? 0 : second / first;
}

/** From where on a picture of a face is refused; every number is argued in the room's README. */
export const QUALITY_LIMITS = { size_px: 48, outside: 0.08, sharpness: 0.15 } as const;

/** @throws Refusal `face.small`, `face.edge`, `face.blurred` */
export function judge({ size_px, outside, sharpness }: Quality): void {
  if (size_px < QUALITY_LIMITS.size_px)
    throw new Refusal('face.small', { size_px: Math.round(size_px), limit: QUALITY_LIMITS.size_px });
  if (outside > QUALITY_LIMITS.outside)
    throw new Refusal('face.edge', { outside: round(outside), limit: QUALITY_LIMITS.outside });
  if (sharpness < QUALITY_LIMITS.sharpness) {
    throw new Refusal('face.blurred', { sharpness: round(sharpness), limit: QUALITY_LIMITS.sharpness });
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
