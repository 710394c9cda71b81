import { concat, Refusal, utf8 } from '@visor/record';
import { type Parts, PICTURE_LIMITS } from './limits.ts';

const broken = (what: string): Refusal => new Refusal('face.picture.broken', { what });

interface Walk {
  canvas: { width: number; height: number } | undefined;
  picture: { width: number; height: number; chunk: Uint8Array } | undefined;
  alpha: Uint8Array | undefined;
  exif: Uint8Array | undefined;
}

/**
 * Walks a WebP chunk by chunk and writes a new container with the picture and its transparency only.
 * @throws Refusal `face.picture.broken`, `.format` for an animation, or `.extra` for bytes behind the end.
 * @cost   One step a chunk.
 * @source WebP container specification; RFC 6386 section 9.1; WebP lossless bitstream section 3
 */
export function walkWebp(bytes: Uint8Array): Parts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length || end < 20) throw broken('cut short');
  if (end < bytes.length) throw new Refusal('face.picture.extra', { bytes: bytes.length - end });
  const walk: Walk = { canvas: undefined, picture: undefined, alpha: undefined, exif: undefined };
  for (let at = 12, parts = 0; at < end; parts += 1) {
    if (parts > PICTURE_LIMITS.parts) throw broken('chunks');
    if (at + 8 > end) throw broken('cut short');
    const length = view.getUint32(at + 4, true);
    const next = at + 8 + length + (length & 1);
    if (next > end) throw broken('cut short');
    const type = String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    take(walk, {
      type,
      body: bytes.subarray(at + 8, at + 8 + length),
      chunk: bytes.subarray(at, next),
      first: parts === 0,
    });
    at = next;
  }
  return partsOf(walk);
}

function take(walk: Walk, part: { type: string; body: Uint8Array; chunk: Uint8Array; first: boolean }): void {
  const { type, body, chunk, first } = part;
  if (type === 'ANIM' || type === 'ANMF') throw new Refusal('face.picture.format', { what: 'an animation' });
  if (type === 'VP8X') {
    if (!first || body.length !== 10) throw broken('header');
    walk.canvas = { width: 1 + u24(body, 4), height: 1 + u24(body, 7) };
  } else if (type === 'VP8 ' || type === 'VP8L') {
    if (walk.picture !== undefined) throw broken('two pictures');
    walk.picture = { ...(type === 'VP8 ' ? lossySize(body) : losslessSize(body)), chunk };
  } else if (type === 'ALPH') walk.alpha ??= chunk;
  else if (type === 'EXIF') walk.exif ??= withoutPrefix(body);
}

/** Some writers put the `Exif\0\0` of a JPEG before the block. */
const withoutPrefix = (body: Uint8Array): Uint8Array =>
  body[0] === 0x45 && body[1] === 0x78 ? body.subarray(6) : body;

const u24 = (bytes: Uint8Array, at: number): number => bytes[at]! + bytes[at + 1]! * 256 + bytes[at + 2]! * 65536;

function lossySize(body: Uint8Array): { width: number; height: number } {
  const key = body.length >= 10 && (body[0]! & 1) === 0 && body[3] === 0x9d && body[4] === 0x01 && body[5] === 0x2a;
  if (!key) throw broken('frame');
  return { width: (body[6]! + body[7]! * 256) & 0x3fff, height: (body[8]! + body[9]! * 256) & 0x3fff };
}

function losslessSize(body: Uint8Array): { width: number; height: number } {
  if (body.length < 5 || body[0] !== 0x2f) throw broken('frame');
  const bits = u24(body, 1) + body[4]! * 2 ** 24;
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

function partsOf({ canvas, picture, alpha, exif }: Walk): Parts {
  if (picture === undefined) throw broken('no picture');
  const { width, height, chunk } = picture;
  if (width === 0 || height === 0) throw broken('frame');
  if (canvas !== undefined && (canvas.width !== width || canvas.height !== height)) throw broken('size');
  const body = alpha === undefined ? chunk : concat([alphaHeader(width, height), alpha, chunk]);
  const head = new Uint8Array(12);
  head.set(utf8('RIFF'), 0);
  new DataView(head.buffer).setUint32(4, 4 + body.length, true);
  head.set(utf8('WEBP'), 8);
  return {
    width,
    height,
    mostPixels: PICTURE_LIMITS.pixelsHeldWhole,
    rawBytes: width * height * 4,
    exif,
    keep: [head, body],
  };
}

function alphaHeader(width: number, height: number): Uint8Array {
  const chunk = new Uint8Array(18);
  const view = new DataView(chunk.buffer);
  chunk.set(utf8('VP8X'), 0);
  view.setUint32(4, 10, true);
  view.setUint32(8, 0x10, true); // only: it has transparency
  const [w, h] = [width - 1, height - 1];
  chunk.set([w & 255, w >> 8, 0, h & 255, h >> 8, 0], 12);
  return chunk;
}
