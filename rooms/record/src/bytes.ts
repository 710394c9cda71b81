import { Refusal } from './errors.ts';

export type Bytes = Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SHORT = 96;

/** Short plain texts, which almost all are, cost less than a call into the platform's encoder. */
export function utf8(value: string): Bytes {
  if (value.length > SHORT) return encoder.encode(value);
  const out = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return encoder.encode(value);
    out[i] = code;
  }
  return out;
}

/** @throws Refusal `bytes.utf8` when the bytes are not well-formed UTF-8. */
export function text(bytes: Bytes): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new Refusal('bytes.utf8', { length: bytes.length }, { cause });
  }
}

export function concat(parts: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares every byte whatever the first difference; lengths are not secret. */
export function equalBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Big-endian unsigned integers of fixed width, as every Visor format writes them. */
export function u16(value: number): Bytes {
  return whole(value, 0xffff, 2);
}
export function u32(value: number): Bytes {
  return whole(value, 0xffffffff, 4);
}
export function u64(value: number): Bytes {
  return whole(value, Number.MAX_SAFE_INTEGER, 8);
}

function whole(value: number, most: number, width: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw new RangeError(`${value} does not fit ${width} bytes`);
  const out = new Uint8Array(width);
  let rest = value;
  for (let i = width - 1; i >= 0; i -= 1) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function hex(bytes: Bytes): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte]!;
  return out;
}

/** @throws Refusal `bytes.hex` unless the text is an even number of lower-case hexadecimal digits. */
export function fromHex(value: string): Bytes {
  if (value.length % 2 !== 0 || !/^[0-9a-f]*$/.test(value)) throw new Refusal('bytes.hex', { length: value.length });
  const out = new Uint8Array(value.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = Number.parseInt(value.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE = new Map([...ALPHABET].map((character, value) => [character, value]));

/** RFC 4648 section 4, with padding. */
export function base64(bytes: Bytes): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    out += ALPHABET[a >> 2]! + ALPHABET[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    out += b === undefined ? '=' : ALPHABET[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    out += c === undefined ? '=' : ALPHABET[c & 63]!;
  }
  return out;
}

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Bytes): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Only the one spelling that `base64` writes is read: a second spelling of the same bytes would let
 * somebody change a bundle without changing what it says.
 * @throws Refusal `bytes.base64`
 */
export function fromBase64(value: string): Bytes {
  const bad = (): Refusal => new Refusal('bytes.base64', { length: value.length });
  if (value.length % 4 !== 0) throw bad();
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  const out = new Uint8Array((value.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < value.length; i += 4) {
    let group = 0;
    const last = i + 4 === value.length;
    for (let j = 0; j < 4; j += 1) {
      const digit = last && j >= 4 - padding ? 0 : VALUE.get(value[i + j]!);
      if (digit === undefined) throw bad();
      group = (group << 6) | digit;
    }
    if (last && padding > 0 && (group & (padding === 2 ? 0xffff : 0xff)) !== 0) throw bad();
    for (let shift = 16; shift >= 0 && at < out.length; shift -= 8) out[at++] = (group >> shift) & 255;
  }
  return out;
}
