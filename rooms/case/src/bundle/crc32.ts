import type { Bytes } from '@visor/record';

// The CRC-32 of PKZIP: ISO 3309 polynomial, reflected (APPNOTE.TXT 4.4.7).
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let state = byte;
  for (let bit = 0; bit < 8; bit += 1) state = state & 1 ? (state >>> 1) ^ 0xedb88320 : state >>> 1;
  return state;
});
const BYTE_OF = new Map(Array.from(TABLE, (state, byte) => [state, byte] as const));
const BYTE_OF_TOP = Array.from(TABLE).reduce((tops, state, byte) => {
  tops[state >>> 24] = byte; // the top bytes of the 256 states are all different
  return tops;
}, new Uint8Array(256));

/** CRC-32 of the bytes, 0 to 2^32 − 1. It finds accidents, never an attacker. One pass. */
export function crc32(bytes: Bytes): number {
  let state = 0xffffffff;
  for (let i = 0; i < bytes.length; i += 1) state = (state >>> 8) ^ TABLE[(state ^ bytes[i]!) & 255]!;
  return (state ^ 0xffffffff) >>> 0;
}

export interface ByteError {
  readonly at: number; //   place of the wrong byte
  readonly flip: number; // what it differs by: right byte = wrong byte XOR flip
}

/**
 * Every single wrong byte that would turn one CRC into the other.
 *
 * CRC-32 is linear: the XOR of two checksums of one length is the checksum of the difference alone. It is
 * stepped back over the zero bytes behind the difference until it is the state after one byte.
 * @param length  Bytes that the checksum covers.
 * @returns       Usually one place or none; a chance hit every 2^24 bytes, so check each by another digest.
 * @cost          One pass over `length`, no reading of the bytes.
 */
export function singleByteErrors(length: number, stated: number, actual: number): readonly ByteError[] {
  const found: ByteError[] = [];
  let state = (stated ^ actual) >>> 0;
  for (let at = length - 1; at >= 0; at -= 1) {
    const flip = BYTE_OF.get(state);
    if (flip !== undefined && flip !== 0) found.push({ at, flip });
    const byte = BYTE_OF_TOP[state >>> 24]!;
    state = (((state ^ TABLE[byte]!) << 8) | byte) >>> 0;
  }
  return found;
}
