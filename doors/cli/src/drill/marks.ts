import { type Bytes, base64, concat, hex, utf8 } from '@visor/record';

/** One byte string that must not be found, and what finding it would mean. */
export interface Mark {
  readonly what: string;
  readonly form: string;
  readonly bytes: Bytes;
}

const NUMBERS = 6; // of 512: 24 bytes of f32, 12 of f16; the chance to meet one by accident in 1 GB is under 1e-17
const STARTS = [0, 203, 430];

/**
 * Every form in which a template could lie somewhere: binary, hexadecimal, base64 in its three phases, JSON.
 * @param template  float32 numbers, plain or rotated
 */
export function templateMarks(what: string, template: Float32Array): Mark[] {
  const marks: Mark[] = [];
  for (const start of STARTS) {
    const part = template.slice(start, start + NUMBERS);
    const little = numbersAs(part, 4, (view, at, n) => view.setFloat32(at, n, true));
    const big = numbersAs(part, 4, (view, at, n) => view.setFloat32(at, n, false));
    const half = numbersAs(part, 2, (view, at, n) => view.setUint16(at, halfOf(n), true));
    marks.push(...binaryMarks(what, 'f32', little), ...binaryMarks(what, 'f32 big-endian', big));
    marks.push(...binaryMarks(what, 'f16', half), ...binaryMarks(what, 'int8', int8Of(template, start)));
    const [first, second] = [part[0]!, part[1]!];
    marks.push({ what, form: 'JSON', bytes: utf8(`${JSON.stringify(first)},${JSON.stringify(second)}`) });
  }
  return marks;
}

/** A picture's own bytes, at three places; or any other bytes that must stay out. */
export function pictureMarks(what: string, picture: Bytes): Mark[] {
  const places = [0.25, 0.5, 0.75].map((share) => Math.floor(picture.length * share));
  return places.flatMap((at) => binaryMarks(what, 'picture', picture.slice(at, at + 24)));
}

/** Words: as UTF-8, hexadecimal and base64. */
export const wordMarks = (what: string, word: string): Mark[] => binaryMarks(what, 'text', utf8(word));

function binaryMarks(what: string, form: string, bytes: Bytes): Mark[] {
  const spelled = hex(bytes);
  return [
    { what, form, bytes },
    { what, form: `${form}, hexadecimal`, bytes: utf8(spelled) },
    { what, form: `${form}, hexadecimal`, bytes: utf8(spelled.toUpperCase()) },
    ...[0, 1, 2].map((phase) => ({ what, form: `${form}, base64`, bytes: utf8(base64Inside(bytes, phase)) })),
  ];
}

/** The characters that are certain wherever the bytes stand inside a longer base64 text. */
function base64Inside(bytes: Bytes, phase: number): string {
  const spelled = base64(concat([new Uint8Array(phase), bytes])).replaceAll('=', '');
  const unsureAtEnd = (phase + bytes.length) % 3 === 0 ? 0 : 1;
  return spelled.slice(phase === 0 ? 0 : phase + 1, spelled.length - unsureAtEnd);
}

function numbersAs(numbers: Float32Array, width: number, put: (view: DataView, at: number, n: number) => void): Bytes {
  const out = new Uint8Array(numbers.length * width);
  const view = new DataView(out.buffer);
  for (const [i, n] of numbers.entries()) put(view, i * width, n);
  return out;
}

/** IEEE 754 binary16, rounded to nearest; templates stay well inside its normal range. */
export function halfOf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent <= 0) return sign;
  const rounded = (exponent << 10) + ((bits & 0x7fffff) >> 13) + ((bits >> 12) & 1);
  return sign | Math.min(rounded, 0x7bff);
}

/** Symmetric quantisation to the largest number of the whole template, 16 numbers from `start`. */
function int8Of(template: Float32Array, start: number): Bytes {
  let largest = 0;
  for (const n of template) largest = Math.max(largest, Math.abs(n));
  const codes = Int8Array.from(template.slice(start, start + 16), (n) => Math.round((n / largest) * 127));
  return new Uint8Array(codes.buffer);
}
