import type { Bytes } from '@visor/record';

/** Reads fixed-width fields off the front of foreign bytes; never past their end. */
export interface ByteReader {
  /** The next bytes, a view; undefined when fewer are left. */
  take(length: number): Bytes | undefined;
  /** The next big-endian unsigned integer of 1, 2, 4 or 8 bytes; undefined past the end or above 2^53 - 1. */
  whole(width: 1 | 2 | 4 | 8): number | undefined;
  readonly left: number;
}

export function readBytes(bytes: Bytes): ByteReader {
  let at = 0;
  const take = (length: number): Bytes | undefined => {
    if (length > bytes.length - at) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    take,
    whole(width) {
      const digits = take(width);
      if (digits === undefined) return undefined;
      let value = 0;
      for (const digit of digits) value = value * 256 + digit;
      return Number.isSafeInteger(value) ? value : undefined;
    },
    get left() {
      return bytes.length - at;
    },
  };
}
