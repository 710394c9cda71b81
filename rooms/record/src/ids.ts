import type { Bytes } from './bytes.ts';
import type { Random } from './chance.ts';
import { Refusal } from './errors.ts';

/** What an id names; the prefix makes a pasted id say what it is. */
export const ID_PREFIXES = {
  house: 'hou',
  site: 'sit',
  key: 'key',
  person: 'per',
  purpose: 'pur',
  consent: 'con',
  face: 'fac',
  verification: 'ver',
  opening: 'opn',
  erasure: 'ers',
  bundle: 'bnd',
  act: 'act',
  entry: 'ent',
  request: 'req',
} as const;

export type IdPrefix = (typeof ID_PREFIXES)[keyof typeof ID_PREFIXES];
export type Id<P extends IdPrefix = IdPrefix> = `${P}_${string}`;

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's base 32: no i, l, o, u

/** A fresh id: prefix, underscore, 26 digits of 128 random bits. It says nothing about what it names. */
export function newId<P extends IdPrefix>(prefix: P, random: Random): Id<P> {
  return idOf(prefix, random(16));
}

/** The id that spells these 16 bytes. */
export function idOf<P extends IdPrefix>(prefix: P, bytes: Bytes): Id<P> {
  if (bytes.length !== 16) throw new RangeError('an id has 16 bytes');
  let bits = 0;
  let held = 0;
  let out = '';
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += DIGITS[(bits >> held) & 31]!;
    }
    bits &= (1 << held) - 1;
  }
  out += DIGITS[(bits << (5 - held)) & 31]!;
  return `${prefix}_${out}`;
}

/** The 16 bytes of an id. @throws Refusal `id.shape` */
export function bytesOfId(id: string): Bytes {
  const digits = id.slice(id.indexOf('_') + 1);
  if (!/^[0-9abcdefghjkmnpqrstvwxyz]{25}[048cgmrw]$/.test(digits)) throw new Refusal('id.shape', { length: id.length });
  const out = new Uint8Array(16);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    bits = (bits << 5) | DIGITS.indexOf(digit);
    held += 5;
    if (held >= 8 && at < 16) {
      held -= 8;
      out[at++] = (bits >> held) & 255;
    }
    bits &= (1 << held) - 1;
  }
  return out;
}

export function isId<P extends IdPrefix>(prefix: P, value: string): value is Id<P> {
  return value.startsWith(`${prefix}_`) && /^[a-z]{3}_[0-9abcdefghjkmnpqrstvwxyz]{25}[048cgmrw]$/.test(value);
}

/** @throws Refusal `id.shape` unless the text is an id of that kind. */
export function parseId<P extends IdPrefix>(prefix: P, value: string): Id<P> {
  if (!isId(prefix, value)) throw new Refusal('id.shape', { expected: prefix, length: value.length });
  return value;
}
