import { Refusal } from '@visor/record';
import sharp from 'sharp';
import type { Picture } from '../picture/limits.ts';
import { PICTURE_LIMITS } from '../picture/limits.ts';
import { type Raster, turnUpright } from '../picture/orientation.ts';

/** Longest side of what is looked at, px. Faces that a decision can rest on are large enough at this size. */
const LONGEST_SIDE = 800;

/**
 * Leaves libvips three doors in and one out: JPEG, PNG and WebP from memory; JPEG to memory. No cache, so no picture
 * stays behind; one thread, since there is one child a core.
 */
export function restrictDecoders(): void {
  sharp.block({ operation: ['VipsForeignLoad', 'VipsForeignSave'] });
  sharp.unblock({
    operation: [
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignSaveJpegBuffer',
    ],
  });
  sharp.cache(false);
  sharp.concurrency(1);
}

/**
 * Decodes an inspected picture, shrinks it to at most 800 px a side, lays transparency on grey and turns it upright.
 * @throws Refusal `face.picture.broken`
 */
export async function decodePicture({ pixels, orientation }: Pick<Picture, 'pixels' | 'orientation'>): Promise<Raster> {
  try {
    const { data, info } = await sharp(pixels, {
      limitInputPixels: PICTURE_LIMITS.pixels,
      sequentialRead: true,
      failOn: 'error',
    })
      .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#7f7f7f' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return turnUpright({ width: info.width, height: info.height, rgb: data }, orientation);
  } catch (cause) {
    // The only thing awaited is the decoder, and all that it was given is the picture.
    throw new Refusal('face.picture.broken', { what: 'does not decode' }, { cause });
  }
}

/** The raster at exactly this size, its sides stretched if need be. */
export async function resizeRaster(
  { width, height, rgb }: Raster,
  to: { width: number; height: number },
): Promise<Raster> {
  const { data, info } = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(to.width, to.height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}

/** @returns a JPEG without any metadata. */
export async function encodeJpeg({ width, height, rgb }: Raster): Promise<Uint8Array> {
  return await sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
