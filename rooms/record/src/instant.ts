import { Refusal } from './errors.ts';

/** Milliseconds since 1970-01-01T00:00:00Z, whole; what a clock hands in. */
export type Instant = number & { readonly instant: true };

const LAST = 253402300799999; // 9999-12-31T23:59:59.999Z: the last one RFC 3339 can write

/** @throws Refusal `record.instant` unless whole and between the years 1970 and 9999. */
export function instant(milliseconds: number): Instant {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0 || milliseconds > LAST) {
    throw new Refusal('record.instant', {});
  }
  return milliseconds as Instant; // checked on the line above
}

/** UTC, three decimals, `Z`. */
export const rfc3339 = (at: Instant): string => new Date(at).toISOString();

/** Reads only what `rfc3339` writes. @throws Refusal `record.instant` */
export function parseInstant(value: string): Instant {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) throw new Refusal('record.instant', {});
  const at = instant(Date.parse(value) || -1);
  if (rfc3339(at) !== value) throw new Refusal('record.instant', {});
  return at;
}
