/**
 * How the keeper and the server write values to each other. The server is less trusted than the keeper, so the reader
 * allocates nothing before the bytes for it are there (a frame of nothing but empty values takes many times its
 * length), and reads one spelling of every value only, members in the order in which they come.
 */
import { type Bytes, Refusal, utf8 } from '@visor/record';

export type Wire = null | boolean | number | string | Bytes | readonly Wire[] | { readonly [name: string]: Wire };

const TAG = { none: 0, no: 1, yes: 2, number: 3, bytes: 4, text: 5, list: 6, members: 7 } as const;
const MOST_DEPTH = 10;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @throws RangeError for what cannot be written (NaN, undefined): a mistake in the calling code.
 * @cost   One pass; the buffer doubles as it fills.
 */
export function encode(value: Wire): Bytes {
  const out = { ...blank(1024), at: 0 };
  put(out, value);
  return out.bytes.subarray(0, out.at);
}

interface Out {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  at: number;
}

function blank(length: number): Pick<Out, 'bytes' | 'view'> {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

function put(out: Out, value: Wire): void {
  room(out, 9); // a tag and what follows it, but for bytes and text
  if (value === null) tag(out, TAG.none);
  else if (typeof value === 'boolean') tag(out, value ? TAG.yes : TAG.no);
  else if (typeof value === 'number') putNumber(out, value);
  else if (typeof value === 'string') putText(out, value);
  else if (value instanceof Uint8Array) putBytes(out, TAG.bytes, value);
  else if (Array.isArray(value)) putList(out, value);
  else if (typeof value === 'object') putMembers(out, value);
  else throw new RangeError(`a ${typeof value} is not written`);
}

function putList(out: Out, list: readonly Wire[]): void {
  tag(out, TAG.list, list.length);
  for (const item of list) put(out, item);
}

function putMembers(out: Out, value: object): void {
  // `put` hands in nothing but the object of its own type.
  const members = value as { readonly [name: string]: Wire };
  const names = Object.keys(members);
  tag(out, TAG.members, names.length);
  for (const name of names) {
    if (name === '__proto__') throw new RangeError('no member is called __proto__');
    putText(out, name);
    put(out, members[name]!);
  }
}

function room(out: Out, more: number): void {
  if (out.at + more <= out.bytes.length) return;
  const larger = blank(Math.max(out.bytes.length * 2, out.at + more));
  larger.bytes.set(out.bytes.subarray(0, out.at));
  Object.assign(out, larger);
}

function tag(out: Out, kind: number, count?: number): void {
  out.bytes[out.at++] = kind;
  if (count === undefined) return;
  out.view.setUint32(out.at, count);
  out.at += 4;
}

function putNumber(out: Out, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError('only finite numbers are written');
  out.bytes[out.at++] = TAG.number;
  out.view.setFloat64(out.at, value === 0 ? 0 : value);
  out.at += 8;
}

/** Almost every text is a short plain name, which goes straight to its place. */
function putText(out: Out, value: string): void {
  room(out, 5 + value.length);
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) {
      putBytes(out, TAG.text, utf8(value));
      return;
    }
    out.bytes[out.at + 5 + i] = code;
  }
  tag(out, TAG.text, value.length);
  out.at += value.length;
}

function putBytes(out: Out, kind: number, bytes: Bytes): void {
  room(out, 5 + bytes.length);
  tag(out, kind, bytes.length);
  out.bytes.set(bytes, out.at);
  out.at += bytes.length;
}

/**
 * Reads one value that fills the bytes exactly.
 * @throws Refusal `request.body` with the place, for anything else: a wrong tag, a count that the bytes cannot hold,
 *         nesting past 10, text that is not UTF-8, a number that is not finite, a member named twice or `__proto__`, bytes
 *         left over.
 */
export function decode(bytes: Bytes): Wire {
  const input = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  const value = take(input, 0);
  if (input.at !== bytes.length) throw bad(input);
  return value;
}

interface Input {
  readonly bytes: Bytes;
  readonly view: DataView;
  at: number;
}

const bad = (input: Input): Refusal => new Refusal('request.body', { at: input.at });

function take(input: Input, depth: number): Wire {
  if (depth > MOST_DEPTH || input.at >= input.bytes.length) throw bad(input);
  const kind = input.bytes[input.at++];
  switch (kind) {
    case TAG.none:
      return null;
    case TAG.no:
      return false;
    case TAG.yes:
      return true;
    case TAG.number:
      return takeNumber(input);
    case TAG.bytes:
      return new Uint8Array(takeBytes(input)); // a Buffer's slice would be no copy
    case TAG.text:
      return takeText(input);
    case TAG.list:
      return takeList(input, depth);
    case TAG.members:
      return takeMembers(input, depth);
    default:
      throw bad(input);
  }
}

/** A count of things that take at least `least` bytes each. */
function takeCount(input: Input, least: number): number {
  if (input.at + 4 > input.bytes.length) throw bad(input);
  const count = input.view.getUint32(input.at);
  input.at += 4;
  if (count * least > input.bytes.length - input.at) throw bad(input);
  return count;
}

function takeNumber(input: Input): number {
  if (input.at + 8 > input.bytes.length) throw bad(input);
  const value = input.view.getFloat64(input.at);
  if (!Number.isFinite(value) || Object.is(value, -0)) throw bad(input);
  input.at += 8;
  return value;
}

function takeBytes(input: Input): Bytes {
  const length = takeCount(input, 1);
  input.at += length;
  return input.bytes.subarray(input.at - length, input.at);
}

function takeText(input: Input): string {
  try {
    return decoder.decode(takeBytes(input));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('request.body', { at: input.at }, { cause });
  }
}

function takeList(input: Input, depth: number): readonly Wire[] {
  const count = takeCount(input, 1);
  const list: Wire[] = [];
  for (let i = 0; i < count; i += 1) list.push(take(input, depth + 1));
  return list;
}

function takeMembers(input: Input, depth: number): { readonly [name: string]: Wire } {
  const count = takeCount(input, 6);
  const members: { [name: string]: Wire } = {};
  for (let i = 0; i < count; i += 1) {
    if (input.bytes[input.at++] !== TAG.text) throw bad(input);
    const name = takeText(input);
    if (name === '__proto__' || Object.hasOwn(members, name)) throw bad(input);
    members[name] = take(input, depth + 1);
  }
  return members;
}
