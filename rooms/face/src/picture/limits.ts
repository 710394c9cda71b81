/**
 * What a stranger's picture may cost before a decoder sees a byte of it. Chosen so that every bad picture gets its code
 * within 200 ms on one core: the slower a form is decoded, the fewer pixels it may have. Only baseline JPEG and plain
 * PNG are read as a stream; the other forms are held whole.
 */
export const PICTURE_LIMITS = {
  bytes: 8 * 1024 * 1024,
  side: 8000, //                     px
  pixels: 25_000_000,
  pixelsHeldWhole: 12_500_000, //    progressive JPEG and WebP
  pixelsInterlaced: 8_000_000, //    PNG
  rawBytesAPixel: 4, //              on the most pixels that its form may have; PNG may have eight
  scans: 16, //                      a progressive JPEG decodes the whole picture once a scan
  parts: 10_000, //                  segments or chunks
} as const;

export type PictureFormat = 'jpeg' | 'png' | 'webp';

export interface Picture {
  readonly format: PictureFormat;
  readonly width: number; //       px, as stored: before the orientation is applied
  readonly height: number; //      px
  readonly orientation: number; // EXIF 1 to 8; 1 when none is given
  readonly pixels: Uint8Array; //  a picture file of the same format with everything cut out that its pixels do not need
}

/** What a walk over the parts of one format found. Byte strings are views into the picture. */
export interface Parts {
  readonly width: number;
  readonly height: number;
  readonly mostPixels: number; // that this form may have
  readonly rawBytes: number;
  readonly exif: Uint8Array | undefined; // a TIFF block, without the `Exif\0\0` before it
  readonly keep: readonly Uint8Array[];
}
