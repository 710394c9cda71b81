import type { Bytes } from '@visor/record';
import pg from 'pg';

// Type numbers of PostgreSQL's catalog (pg_type.dat); they are the same in every release.
const OID = { bytea: 17, int8: 20, int8Array: 1016, byteaArray: 1001, date: 1082, timestamp: 1114, timestamptz: 1184 };

type Parse = (text: string) => unknown;

const whole = (text: string): number | bigint => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
};

/** Text form of bytea, `\x` and hexadecimal digits, which every server since 9.0 sends unless told otherwise. */
const bytes = (text: string): Bytes => {
  const buffer = Buffer.from(text.slice(2), 'hex');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
};

const plain = (text: string): string => text;

const TEXT_ARRAY = 1009 as number as 25; // the typed list leaves arrays out; the driver knows them
const textArray = pg.types.getTypeParser(TEXT_ARRAY) as Parse;
const deep =
  (each: Parse): Parse =>
  (text) => {
    const walk = (value: unknown): unknown =>
      Array.isArray(value) ? value.map(walk) : typeof value === 'string' ? each(value) : value;
    return walk(textArray(text));
  };

const OWN: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [OID.bytea, bytes],
  [OID.int8, whole],
  [OID.int8Array, deep(whole)],
  [OID.byteaArray, deep(bytes)],
  [OID.date, plain],
  [OID.timestamp, plain],
  [OID.timestamptz, plain],
]);

/** Values are parsed here and nowhere else. */
export const wireTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && OWN.get(oid)) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser, // overloads by format
};
