import { Refusal } from '@visor/record';
import { type Parts, PICTURE_LIMITS } from './limits.ts';

const SAMPLES = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]); // colour type -> samples a pixel
const DEPTHS = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

const broken = (what: string): Refusal => new Refusal('face.picture.broken', { what });

interface Header {
  readonly width: number;
  readonly height: number;
  readonly rawBytes: number;
  readonly interlaced: boolean;
}

/**
 * Walks a PNG chunk by chunk and keeps header, palette, transparency and data. Texts, profiles, times,
 * animation and private chunks are left out, so no decoder inflates them.
 * @throws Refusal `face.picture.broken`, or `.extra` for bytes behind the end.
 * @cost   One step a chunk.
 * @source ISO/IEC 15948 (PNG) clauses 5 and 11
 */
export function walkPng(bytes: Uint8Array): Parts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const keep: Uint8Array[] = [bytes.subarray(0, 8)];
  let header: Header | undefined;
  let exif: Uint8Array | undefined;
  let data: 'none' | 'running' | 'over' = 'none';
  for (let at = 8, parts = 0; ; parts += 1) {
    if (parts > PICTURE_LIMITS.parts) throw broken('chunks');
    if (at + 12 > bytes.length) throw broken('cut short');
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw broken('cut short');
    const type = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if ((type === 'IHDR') !== (header === undefined)) throw broken('header');
    header ??= readHeader(body);
    if (type === 'IDAT' && data === 'over') throw broken('data');
    data = type === 'IDAT' ? 'running' : data === 'none' ? 'none' : 'over';
    if (type === 'eXIf') exif ??= body;
    if (isKept(type)) keep.push(bytes.subarray(at, end));
    at = end;
    if (type !== 'IEND') continue;
    if (data === 'none') throw broken('no data');
    if (end !== bytes.length) throw new Refusal('face.picture.extra', { bytes: bytes.length - end });
    const { width, height, rawBytes, interlaced } = header;
    return {
      width,
      height,
      rawBytes,
      mostPixels: interlaced ? PICTURE_LIMITS.pixelsInterlaced : PICTURE_LIMITS.pixels,
      exif,
      keep,
    };
  }
}

function isKept(type: string): boolean {
  if (['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS'].includes(type)) return true;
  if (!/^[A-Za-z]{4}$/.test(type) || /^[A-Z]/.test(type)) throw broken('an unknown critical chunk');
  return false;
}

function readHeader(body: Uint8Array): Header {
  if (body.length !== 13) throw broken('header');
  const view = new DataView(body.buffer, body.byteOffset, 13);
  const [width, height, depth, colour] = [view.getUint32(0), view.getUint32(4), body[8]!, body[9]!];
  const samples = SAMPLES.get(colour);
  if (samples === undefined || !DEPTHS.get(colour)!.includes(depth)) throw broken('header');
  if (width === 0 || height === 0 || body[10] !== 0 || body[11] !== 0 || body[12]! > 1) throw broken('header');
  return { width, height, rawBytes: width * height * samples * Math.ceil(depth / 8), interlaced: body[12] === 1 };
}
