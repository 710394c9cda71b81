/**
 * Many hashes at a time. Leaves and nodes lie one behind the other without gaps, so that a whole tile is one call and
 * nothing is allocated for a single hash.
 */
import type { Bytes, Sha256 } from '@visor/record';
import { LEAF_LENGTH } from '../leaf.ts';
import { HASH_LENGTH } from '../tree.ts';

export interface TreeHasher {
  /** SHA-256(0x00 | leaf) of each leaf of LEAF_LENGTH bytes; 32 bytes each. */
  leaves(leaves: Bytes): Bytes;
  /** SHA-256(0x01 | left | right) of each pair of 2 × 32 bytes; 32 bytes each. */
  pairs(pairs: Bytes): Bytes;
}

/** By one digest a hash: the plain way, that the faster one is checked against. */
export function plainHasher(sha256: Sha256): TreeHasher {
  const each = (prefix: number, length: number) => {
    const input = new Uint8Array(1 + length);
    input[0] = prefix;
    return (all: Bytes): Bytes => {
      const out = new Uint8Array((all.length / length) * HASH_LENGTH);
      for (let [from, to] = [0, 0]; from < all.length; from += length, to += HASH_LENGTH) {
        input.set(all.subarray(from, from + length), 1);
        out.set(sha256(input), to);
      }
      return out;
    };
  };
  return { leaves: each(0, LEAF_LENGTH), pairs: each(1, 2 * HASH_LENGTH) };
}
