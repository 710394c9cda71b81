/** ECVRF-EDWARDS25519-SHA512-TAI, RFC 9381: a value that only the key's holder can compute and anyone can check. */
import { createHash } from 'node:crypto';
import { type Bytes, concat } from '@visor/record';
import { plain } from './cipher.ts';
import {
  add,
  BASE,
  IDENTITY,
  multiply,
  negate,
  ORDER,
  type Point,
  pointBytes,
  pointOf,
  same,
  scalarBytes,
  scalarOf,
} from './edwards.ts';

const SUITE = 3;
const COFACTOR = 8n;

const sha512 = (parts: readonly Bytes[]): Bytes => plain(createHash('sha512').update(concat(parts)).digest());

interface Secret {
  readonly x: bigint;
  readonly prefix: Bytes;
}

/** RFC 8032, 5.1.5. */
function expand(secretKey: Bytes): Secret {
  const hashed = sha512([secretKey]);
  const low = hashed.slice(0, 32);
  low[0]! &= 248;
  low[31] = (low[31]! & 127) | 64;
  return { x: scalarOf(low), prefix: hashed.slice(32) };
}

/** 32 bytes, the Ed25519 public key of the same seed. */
export const vrfPublicKey = (secretKey: Bytes): Bytes => pointBytes(multiply(expand(secretKey).x, BASE));

/** RFC 9381, 5.4.1.1 with the public key as salt. */
function toCurve(publicKey: Bytes, alpha: Bytes): Point {
  for (let counter = 0; counter < 256; counter += 1) {
    const hash = sha512([Uint8Array.of(SUITE, 1), publicKey, alpha, Uint8Array.of(counter, 0)]);
    const found = pointOf(hash.subarray(0, 32));
    const point = found === undefined ? IDENTITY : multiply(COFACTOR, found);
    if (!same(point, IDENTITY)) return point;
  }
  throw new Error('no point in 256 tries'); // chance 2^-256
}

/** RFC 9381, 5.4.3: 16 bytes as a number. */
function challenge(points: readonly Bytes[]): bigint {
  return scalarOf(sha512([Uint8Array.of(SUITE, 2), ...points, Uint8Array.of(0)]).subarray(0, 16));
}

const outputOf = (gamma: Point): Bytes =>
  sha512([Uint8Array.of(SUITE, 3), pointBytes(multiply(COFACTOR, gamma)), Uint8Array.of(0)]);

/**
 * The output alone, 64 bytes, without a proof.
 * @param keys  Secret key of 32 bytes and the public key that belongs to it.
 * @cost        Two scalar multiplications, 2–3 ms.
 */
export function vrfOutput(keys: { secretKey: Bytes; publicKey: Bytes }, alpha: Bytes): Bytes {
  return outputOf(multiply(expand(keys.secretKey).x, toCurve(keys.publicKey, alpha)));
}

/** RFC 9381, 5.1: 80 bytes, Gamma 32 | c 16 | s 32. */
export function vrfProve(secretKey: Bytes, alpha: Bytes): Bytes {
  const { x, prefix } = expand(secretKey);
  const publicKey = pointBytes(multiply(x, BASE));
  const h = toCurve(publicKey, alpha);
  const hBytes = pointBytes(h);
  const gamma = pointBytes(multiply(x, h));
  const k = scalarOf(sha512([prefix, hBytes])) % ORDER;
  const c = challenge([publicKey, hBytes, gamma, pointBytes(multiply(k, BASE)), pointBytes(multiply(k, h))]);
  return concat([gamma, scalarBytes(c, 16), scalarBytes((k + c * x) % ORDER, 32)]);
}

/**
 * RFC 9381, 5.3, with the key check of 5.4.5.
 * @returns the 64 output bytes, or undefined when the proof does not hold.
 */
export function vrfVerify(publicKey: Bytes, alpha: Bytes, proof: Bytes): Bytes | undefined {
  const key = pointOf(publicKey);
  if (key === undefined || proof.length !== 80) return undefined;
  const gamma = pointOf(proof.subarray(0, 32));
  const c = scalarOf(proof.subarray(32, 48));
  const s = scalarOf(proof.subarray(48));
  if (gamma === undefined || s >= ORDER || same(multiply(COFACTOR, key), IDENTITY)) return undefined;
  const h = toCurve(publicKey, alpha);
  const u = add(multiply(s, BASE), negate(multiply(c, key)));
  const v = add(multiply(s, h), negate(multiply(c, gamma)));
  const again = challenge([publicKey, pointBytes(h), proof.slice(0, 32), pointBytes(u), pointBytes(v)]);
  return again === c ? outputOf(gamma) : undefined;
}
