/**
 * The curve edwards25519 (RFC 8032, section 5.1) in extended coordinates over BigInt. Not constant in time: it runs
 * once a person and log, in a process that answers nobody but its own server.
 */
import { type Bytes, equalBytes } from '@visor/record';

export const P = 2n ** 255n - 19n;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint; // x·y / z
}

export const IDENTITY: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
export const BASE: Point = basePoint();

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let out = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = mod(out * square);
    square = mod(square * square);
  }
  return out;
}

/** Hisil, Wong, Carter, Dawson, Twisted Edwards Curves Revisited, section 3.1 (a = −1). */
export function add(a: Point, b: Point): Point {
  const p = mod((a.y - a.x) * (b.y - b.x));
  const q = mod((a.y + a.x) * (b.y + b.x));
  const r = mod(2n * D * a.t * b.t);
  const s = mod(2n * a.z * b.z);
  return fromParts(q - p, s - r, { g: s + r, h: q + p });
}

function double(a: Point): Point {
  const xx = mod(a.x * a.x);
  const yy = mod(a.y * a.y);
  const sum = xx + yy;
  const e = sum - mod((a.x + a.y) * (a.x + a.y));
  const g = xx - yy;
  return fromParts(e, mod(2n * a.z * a.z) + g, { g, h: sum });
}

function fromParts(e: bigint, f: bigint, { g, h }: { g: bigint; h: bigint }): Point {
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

export const negate = (a: Point): Point => ({ x: mod(-a.x), y: a.y, z: a.z, t: mod(-a.t) });

/** @cost about 1 ms for a scalar of 255 bits. */
export function multiply(scalar: bigint, point: Point): Point {
  const odd = [IDENTITY];
  for (let i = 1; i < 16; i += 1) odd.push(add(odd[i - 1]!, point));
  let out = IDENTITY;
  const digits = scalar.toString(16);
  for (const digit of digits) {
    out = double(double(double(double(out))));
    const times = Number.parseInt(digit, 16);
    if (times > 0) out = add(out, odd[times]!);
  }
  return out;
}

export function same(a: Point, b: Point): boolean {
  return mod(a.x * b.z - b.x * a.z) === 0n && mod(a.y * b.z - b.y * a.z) === 0n;
}

/** RFC 8032, 5.1.2: y in little-endian order, the lowest bit of x on top. */
export function pointBytes(point: Point): Bytes {
  const inverse = power(point.z, P - 2n);
  const out = scalarBytes(mod(point.y * inverse), 32);
  if (mod(point.x * inverse) & 1n) out[31]! |= 0x80;
  return out;
}

/** RFC 8032, 5.1.3; undefined where the bytes are no point, and for a y that is not the smallest spelling. */
export function pointOf(bytes: Bytes): Point | undefined {
  if (bytes.length !== 32) return undefined;
  const sign = bytes[31]! >> 7;
  const low = bytes.slice();
  low[31]! &= 0x7f;
  const y = scalarOf(low);
  if (y >= P) return undefined;
  const x = rootOfRatio(mod(y * y - 1n), mod(D * y * y + 1n));
  if (x === undefined || (x === 0n && sign === 1)) return undefined;
  const chosen = Number(x & 1n) === sign ? x : P - x;
  return { x: chosen, y, z: 1n, t: mod(chosen * y) };
}

/** A square root of u / v, if there is one. */
function rootOfRatio(u: bigint, v: bigint): bigint | undefined {
  const v3 = mod(v * v * v);
  const candidate = mod(u * v3 * power(u * v3 * v3 * v, (P - 5n) / 8n));
  const check = mod(v * candidate * candidate);
  if (check === u) return candidate;
  if (check === mod(-u)) return mod(candidate * ROOT_OF_MINUS_ONE);
  return undefined;
}

/** Little-endian. */
export function scalarOf(bytes: Bytes): bigint {
  let out = 0n;
  for (let i = bytes.length - 1; i >= 0; i -= 1) out = (out << 8n) | BigInt(bytes[i]!);
  return out;
}

export function scalarBytes(value: bigint, length: number): Bytes {
  const out = new Uint8Array(length);
  let rest = value;
  for (let i = 0; i < length; i += 1) {
    out[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

function basePoint(): Point {
  const y = mod(4n * power(5n, P - 2n));
  const point = pointOf(scalarBytes(y, 32));
  if (point === undefined || !equalBytes(pointBytes(point), scalarBytes(y, 32))) throw new Error('no base point');
  return point;
}
