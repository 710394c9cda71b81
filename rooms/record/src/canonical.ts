import { type Bytes, utf8 } from './bytes.ts';
import { Refusal } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * RFC 8785: member names sorted by UTF-16 code units, numbers and strings as ECMAScript writes them.
 * @throws Refusal `record.json` for what JSON cannot say: NaN, infinities, lone surrogates, undefined.
 * @cost   One pass; recursion as deep as the value.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Refusal('record.json', { what: 'number' });
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Refusal('record.json', { what: 'string' });
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new Refusal('record.json', { what: typeof value });
  const members = value as JsonObject; // no array, no null, no scalar is left
  return `{${Object.keys(members)
    .sort()
    .map((name) => `${canonicalJson(name)}:${canonicalJson(members[name]!)}`)
    .join(',')}}`;
}

export const canonicalBytes = (value: Json): Bytes => utf8(canonicalJson(value));

/** Values that any text may have, and how many characters each further one takes at least: no document of ours is denser. */
const FREE_VALUES = 1000;
const CHARACTERS_A_VALUE = 8;

/**
 * Parses JSON that a stranger sent. A text of nothing but empty objects would take many times its length in memory.
 * @throws Refusal `record.json` when it is not JSON, nests deeper than `depth`, or holds more than 1,000 values and one
 *         for every eight characters
 */
export function parseJson(source: string, depth = 32): Json {
  let level = 0;
  let quoted = false;
  let values = 0;
  const most = FREE_VALUES + source.length / CHARACTERS_A_VALUE;
  for (let i = 0; i < source.length; i += 1) {
    const character = source[i];
    if (quoted) {
      if (character === '\\') i += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') values += 1;
    else if (character === '{' || character === '[') {
      level += 1;
      values += 1;
      if (level > depth) throw new Refusal('record.json', { what: 'depth', limit: depth });
    } else if (character === '}' || character === ']') level -= 1;
    if (values > most) throw new Refusal('record.json', { what: 'values', limit: Math.floor(most) });
  }
  try {
    return JSON.parse(source) as Json; // JSON.parse answers nothing but Json
  } catch (cause) {
    throw new Refusal('record.json', { what: 'syntax' }, { cause });
  }
}
