import { CROP_SIDE } from './align.ts';
import type { Raster } from './picture/orientation.ts';

/**
 * The embedding's input: 1 x 3 x 112 x 112, blue first, (value - 127.5) / 128. The weights were trained on
 * blue first: red first costs a point of true accepts at a false accept rate of 1e-3.
 * @param crop 112 x 112.
 * @returns plane by plane.
 */
export function embeddingInput(crop: Raster): Float32Array {
  const plane = CROP_SIDE * CROP_SIDE;
  const out = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i += 1) {
    out[i] = (crop.rgb[3 * i + 2]! - 127.5) / 128;
    out[i + plane] = (crop.rgb[3 * i + 1]! - 127.5) / 128;
    out[i + 2 * plane] = (crop.rgb[3 * i]! - 127.5) / 128;
  }
  return out;
}

/** The same input seen in a mirror. */
export function mirrored(input: Float32Array): Float32Array {
  const out = new Float32Array(input.length);
  for (let row = 0; row < input.length; row += CROP_SIDE) {
    for (let x = 0; x < CROP_SIDE; x += 1) out[row + x] = input[row + CROP_SIDE - 1 - x]!;
  }
  return out;
}
