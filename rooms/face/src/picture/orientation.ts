const TAG_ORIENTATION = 0x0112;
const SHORT = 3;

/**
 * The EXIF orientation, 1 to 8, of a TIFF block that a stranger wrote; 1 for everything that is not one.
 * Only the first directory is read, no offset in it is followed.
 * @source TIFF 6.0 section 2; EXIF 2.3 section 4.6.4
 */
export function orientationOf(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const little = tiff[0] === 0x49 && tiff[1] === 0x49;
  if (!little && !(tiff[0] === 0x4d && tiff[1] === 0x4d)) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i += 1) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== TAG_ORIENTATION) continue;
    const value = view.getUint16(at + 8, little);
    return view.getUint16(at + 2, little) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

export interface Raster {
  readonly width: number; //      px
  readonly height: number; //     px
  readonly rgb: Uint8Array; //    row by row from the top left, three bytes a pixel
}

/**
 * The picture as its taker held the camera.
 * @param orientation EXIF 1 to 8: 2 mirrored, 3 half turn, 4 flipped, 5 transposed, 6 to be turned right, 7 transverse, 8 to be turned left.
 * @cost  One pass; the same raster comes back for 1.
 */
export function turnUpright(raster: Raster, orientation: number): Raster {
  if (orientation === 1) return raster;
  const { width: w, height: h, rgb } = raster;
  const swapped = orientation >= 5;
  const [width, height] = swapped ? [h, w] : [w, h];
  const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const out = new Uint8Array(rgb.length);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [a, b] = swapped ? [y, x] : [x, y];
      const from = 3 * ((mirrorY ? h - 1 - b : b) * w + (mirrorX ? w - 1 - a : a));
      out[at] = rgb[from]!;
      out[at + 1] = rgb[from + 1]!;
      out[at + 2] = rgb[from + 2]!;
      at += 3;
    }
  }
  return { width, height, rgb: out };
}
