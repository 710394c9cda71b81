import { concat, type Facts, parseJson, REFUSALS, Refusal, type RefusalCode, text, u16, utf8 } from '@visor/record';
import type { FoundFace } from '../detect.ts';
import type { FaceDescription } from './describe-face.ts';

/** Kinds of frames. The first three go to a child, the others come from it. */
export const KIND = { model: 1, start: 2, picture: 3, ready: 10, described: 11, found: 12, refused: 13 } as const;

/** What a child may answer with at most: a description with its aligned picture is under 128 KiB. */
export const LARGEST_ANSWER = 512 * 1024;
/** What a child is given at most: a model file. */
export const LARGEST_REQUEST = 64 * 1024 * 1024;

export interface PictureRequest {
  readonly what: 'describe' | 'find';
  readonly enrol: boolean;
  readonly keepPicture: boolean;
  readonly orientation: number;
  readonly pixels: Uint8Array; // an inspected picture: JPEG, PNG or WebP
}

export type Answer =
  | { readonly kind: 'described'; readonly description: FaceDescription }
  | { readonly kind: 'found'; readonly faces: readonly FoundFace[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export const requestHead = ({ what, enrol, keepPicture, orientation }: PictureRequest): Uint8Array =>
  Uint8Array.of(what === 'find' ? 1 : 0, enrol ? 1 : 0, keepPicture ? 1 : 0, orientation);

export function readRequest(body: Uint8Array): PictureRequest {
  const [what, enrol, keepPicture, orientation] = body;
  return {
    what: what === 1 ? 'find' : 'describe',
    enrol: enrol === 1,
    keepPicture: keepPicture === 1,
    orientation: orientation ?? 1,
    pixels: body.subarray(4),
  };
}

/** @returns kind and body of the frame that says it. */
export function writeAnswer(answer: Answer): { kind: number; body: Uint8Array } {
  if (answer.kind === 'described') return { kind: KIND.described, body: writeDescription(answer.description) };
  if (answer.kind === 'found') {
    const { faces } = answer;
    const numbers = faces.flatMap(({ box, score }) => [box.x, box.y, box.width, box.height, score]);
    return { kind: KIND.found, body: concat([u16(faces.length), floats(numbers)]) };
  }
  const { code, facts } = answer.refusal;
  return { kind: KIND.refused, body: concat([u16(code.length), utf8(code), utf8(JSON.stringify(facts))]) };
}

function writeDescription({ template, box, landmarks, quality, aligned }: FaceDescription): Uint8Array {
  const { size_px, sharpness, score, yaw, outside } = quality;
  const measures = [box.x, box.y, box.width, box.height, size_px, sharpness, score, yaw, outside];
  const points = landmarks.flatMap(({ x, y }) => [x, y]);
  const counts = concat([u16(template.length), u16(landmarks.length)]);
  return concat([counts, floats(template), floats(measures), floats(points), aligned ?? new Uint8Array(0)]);
}

function floats(values: Iterable<number>): Uint8Array {
  const list = Float32Array.from(values);
  const out = new Uint8Array(4 * list.length);
  const view = new DataView(out.buffer);
  for (const [i, value] of list.entries()) view.setFloat32(4 * i, value);
  return out;
}

/**
 * What a child answered. A child has decoded a stranger's picture, so its word is a stranger's: every number must be finite,
 * a template of length 1, a refusal one that this room has, a fact a number or a few plain words.
 * @throws RangeError when it does not keep to that.
 */
export function readAnswer(kind: number, body: Uint8Array): Answer {
  if (kind === KIND.described) return { kind: 'described', description: readDescription(body) };
  if (kind === KIND.found) return { kind: 'found', faces: readFaces(body) };
  if (kind === KIND.refused) return { kind: 'refused', refusal: readRefusal(body) };
  throw new RangeError('an answer of no known kind');
}

/** So many big-endian float32 from a place on; all there and all finite. */
function readFloats(body: Uint8Array, at: number, count: number): Float32Array {
  if (at + 4 * count > body.length) throw new RangeError('an answer is cut short');
  const view = new DataView(body.buffer, body.byteOffset);
  const out = Float32Array.from({ length: count }, (_, i) => view.getFloat32(at + 4 * i));
  if (!out.every(Number.isFinite)) throw new RangeError('an answer holds a number that is none');
  return out;
}

function readWord(body: Uint8Array, at: number): number {
  if (at + 2 > body.length) throw new RangeError('an answer is cut short');
  return body[at]! * 256 + body[at + 1]!;
}

function readDescription(body: Uint8Array): FaceDescription {
  const [length, points] = [readWord(body, 0), readWord(body, 2)];
  const template = readFloats(body, 4, length);
  const measures = readFloats(body, 4 + 4 * length, 9);
  const places = readFloats(body, 40 + 4 * length, 2 * points);
  const aligned = body.slice(40 + 4 * length + 8 * points);
  const [x, y, width, height, size_px, sharpness, score, yaw, outside] = measures;
  if (Math.abs(Math.hypot(...template) - 1) > 1e-3) throw new RangeError('a template does not have length 1');
  if (aligned.length > 0 && !(aligned[0] === 0xff && aligned[1] === 0xd8))
    throw new RangeError('an aligned picture is no JPEG');
  return {
    template,
    box: { x: x!, y: y!, width: width!, height: height! },
    landmarks: Array.from({ length: points }, (_, i) => ({ x: places[2 * i]!, y: places[2 * i + 1]! })),
    quality: { size_px: size_px!, sharpness: sharpness!, score: score!, yaw: yaw!, outside: outside! },
    ...(aligned.length > 0 ? { aligned } : {}),
  };
}

function readFaces(body: Uint8Array): readonly FoundFace[] {
  const count = readWord(body, 0);
  const numbers = readFloats(body, 2, 5 * count);
  return Array.from({ length: count }, (_, i) => {
    const [x, y, width, height, score] = numbers.subarray(5 * i, 5 * i + 5);
    return { box: { x: x!, y: y!, width: width!, height: height! }, score: score! };
  });
}

function readRefusal(body: Uint8Array): Refusal {
  const length = readWord(body, 0);
  const code = text(body.subarray(2, 2 + length));
  if (!isFaceCode(code) || body.length > 1024) throw new RangeError('a refusal that no child may give');
  const facts = parseJson(text(body.subarray(2 + length)), 1);
  if (facts === null || typeof facts !== 'object' || Array.isArray(facts)) throw new RangeError('facts that are none');
  const named: Record<string, Facts[string]> = {};
  for (const [name, value] of Object.entries(facts)) {
    const plain = typeof value === 'number' || (typeof value === 'string' && /^[a-zA-Z ]{1,40}$/.test(value));
    if (!plain || !/^[a-z_]{1,20}$/.test(name)) throw new RangeError('facts that no child may give');
    named[name] = value;
  }
  return new Refusal(code, named);
}

const isFaceCode = (code: string): code is RefusalCode => code.startsWith('face.') && Object.hasOwn(REFUSALS, code);
