import { concat, Refusal } from '@visor/record';
import { walkJpeg } from './jpeg.ts';
import { type Parts, PICTURE_LIMITS, type Picture, type PictureFormat } from './limits.ts';
import { orientationOf } from './orientation.ts';
import { walkPng } from './png.ts';
import { walkWebp } from './webp.ts';

const WALKS: Readonly<Record<PictureFormat, (bytes: Uint8Array) => Parts>> = {
  jpeg: walkJpeg,
  png: walkPng,
  webp: walkWebp,
};
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads what a stranger says is a picture, without decoding it: which format, how large, which way up; and
 * writes the same picture again with nothing in it but what its pixels need. So a decoder never sees a
 * profile, a thumbnail, a text or a second file hidden in it, and no place or time of taking comes in.
 *
 * @param bytes The file, at most `PICTURE_LIMITS.bytes`.
 * @throws Refusal `face.picture.format` (not JPEG, PNG or WebP, or a rare kind of them), `.size` (bytes, sides,
 *         pixels, scans), `.broken` (damaged, cut short), `.extra` (something behind the end, or it is a PDF or ZIP too).
 * @cost   One pass over the bytes and one copy; memory at most twice the file.
 */
export function inspectPicture(bytes: Uint8Array): Picture {
  if (bytes.length > PICTURE_LIMITS.bytes) {
    throw new Refusal('face.picture.size', { bytes: bytes.length, bytes_limit: PICTURE_LIMITS.bytes });
  }
  const format = formatOf(bytes);
  if (format === undefined) throw new Refusal('face.picture.format', { bytes: bytes.length });
  const parts = WALKS[format](bytes);
  checkSize(parts);
  if (isAlsoPdf(bytes) || isAlsoZip(bytes)) throw new Refusal('face.picture.extra', {});
  const { width, height, exif, keep } = parts;
  return { format, width, height, orientation: exif ? orientationOf(exif) : 1, pixels: concat(keep) };
}

function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  if (bytes.length < 16) return undefined;
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  if (PNG.every((byte, i) => bytes[i] === byte)) return 'png';
  return startsAt(bytes, 0, 'RIFF') && startsAt(bytes, 8, 'WEBP') ? 'webp' : undefined;
}

function checkSize({ width, height, mostPixels, rawBytes }: Parts): void {
  const { side, rawBytesAPixel } = PICTURE_LIMITS;
  if (width > side || height > side || width * height > mostPixels || rawBytes > rawBytesAPixel * mostPixels) {
    throw new Refusal('face.picture.size', { width, height, side_limit: side, pixels_limit: mostPixels });
  }
}

/** PDF readers look for the header anywhere in the first 1,024 bytes. @source ISO 32000-1, annex H, note 13 */
function isAlsoPdf(bytes: Uint8Array): boolean {
  const most = Math.min(bytes.length - 5, 1024);
  for (let at = 0; at <= most; at += 1) if (startsAt(bytes, at, '%PDF-')) return true;
  return false;
}

/** ZIP readers look for an end record whose comment reaches the end of the file. @source APPNOTE.TXT 4.3.16 */
function isAlsoZip(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 65535); at -= 1) {
    if (!startsAt(bytes, at, 'PK\u0005\u0006')) continue;
    if (at + 22 + bytes[at + 20]! + 256 * bytes[at + 21]! === bytes.length) return true;
  }
  return false;
}

function startsAt(bytes: Uint8Array, at: number, ascii: string): boolean {
  for (let i = 0; i < ascii.length; i += 1) if (bytes[at + i] !== ascii.charCodeAt(i)) return false;
  return true;
}
