import { Refusal } from '@visor/record';
import { type Parts, PICTURE_LIMITS } from './limits.ts';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const KEPT = new Set([0xc4 /* DHT */, 0xdb /* DQT */, 0xdd /* DRI */, 0xee /* APP14: says which colours */]);
const FRAMES = new Set([0xc0 /* baseline */, 0xc1 /* extended */, 0xc2 /* progressive */]);
const REFUSED = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xdc]); // lossless, hierarchical, arithmetic, late height

const broken = (what: string): Refusal => new Refusal('face.picture.broken', { what });

interface Walk {
  readonly bytes: Uint8Array;
  readonly keep: Uint8Array[];
  frame: { width: number; height: number; components: number; progressive: boolean } | undefined;
  exif: Uint8Array | undefined;
  scans: number;
  at: number;
}

/**
 * Walks a JPEG from its first marker to its last byte and keeps only what decoding needs: tables, frame,
 * scans and the Adobe colour mark. EXIF, comments, profiles, thumbnails and second pictures are left out.
 * @throws Refusal `face.picture.broken`, `.format`, `.size`, or `.extra` for bytes behind the end.
 * @cost   One pass over the bytes.
 * @source ITU-T T.81 annex B
 */
export function walkJpeg(bytes: Uint8Array): Parts {
  const walk: Walk = { bytes, keep: [bytes.subarray(0, 2)], frame: undefined, exif: undefined, scans: 0, at: 2 };
  for (let parts = 0; ; parts += 1) {
    if (parts > PICTURE_LIMITS.parts) throw broken('segments');
    const marker = nextMarker(walk);
    if (marker === EOI) break;
    segment(walk, marker);
  }
  if (walk.at !== bytes.length) throw new Refusal('face.picture.extra', { bytes: bytes.length - walk.at });
  const { frame, scans, keep, exif } = walk;
  if (frame === undefined || scans === 0) throw broken('no scan');
  keep.push(Uint8Array.of(0xff, EOI));
  const { width, height, components } = frame;
  const mostPixels = frame.progressive || scans > 1 ? PICTURE_LIMITS.pixelsHeldWhole : PICTURE_LIMITS.pixels;
  return { width, height, mostPixels, rawBytes: width * height * components, exif, keep };
}

function nextMarker(walk: Walk): number {
  const { bytes } = walk;
  if (bytes[walk.at] !== 0xff) throw broken(walk.at < bytes.length ? 'marker' : 'cut short');
  while (bytes[walk.at] === 0xff) walk.at += 1;
  const marker = bytes[walk.at];
  if (marker === undefined) throw broken('cut short');
  walk.at += 1;
  return marker;
}

function segment(walk: Walk, marker: number): void {
  const { bytes, keep } = walk;
  if (REFUSED.has(marker)) throw new Refusal('face.picture.format', { what: 'a rare kind of JPEG' });
  if (marker === SOI || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) throw broken('marker');
  const length = walk.at + 2 <= bytes.length ? bytes[walk.at]! * 256 + bytes[walk.at + 1]! : 0;
  const end = walk.at + length;
  if (length < 2 || end > bytes.length) throw broken('cut short');
  const body = bytes.subarray(walk.at + 2, end);
  const whole = bytes.subarray(walk.at - 2, end);
  walk.at = end;
  if (FRAMES.has(marker)) frame(walk, marker, body);
  if (marker === 0xe1 && walk.exif === undefined && isExif(body)) walk.exif = body.subarray(6);
  if (marker === SOS) keep.push(whole, scan(walk));
  else if (KEPT.has(marker) || FRAMES.has(marker)) keep.push(whole);
}

const isExif = (body: Uint8Array): boolean => [0x45, 0x78, 0x69, 0x66, 0, 0].every((byte, i) => body[i] === byte);

function frame(walk: Walk, marker: number, body: Uint8Array): void {
  if (walk.frame !== undefined || body.length < 6) throw broken('frame');
  const height = body[1]! * 256 + body[2]!;
  const width = body[3]! * 256 + body[4]!;
  const components = body[5]!;
  if (body[0] !== 8) throw new Refusal('face.picture.format', { what: 'a rare kind of JPEG' });
  if (width === 0 || height === 0 || ![1, 3, 4].includes(components)) throw broken('frame');
  walk.frame = { width, height, components, progressive: marker === 0xc2 };
}

/** The entropy-coded bytes of one scan: up to the next marker that is neither a stuffed zero nor a restart. */
function scan(walk: Walk): Uint8Array {
  walk.scans += 1;
  if (walk.frame === undefined) throw broken('frame');
  if (walk.scans > PICTURE_LIMITS.scans) throw new Refusal('face.picture.size', { scans_limit: PICTURE_LIMITS.scans });
  const { bytes } = walk;
  const start = walk.at;
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next === 0 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else if (next === 0xff) at += 1;
    else {
      walk.at = at;
      return bytes.subarray(start, at);
    }
  }
  throw broken('cut short');
}
