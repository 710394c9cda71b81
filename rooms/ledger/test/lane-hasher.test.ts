import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { HASH_LENGTH, LEAF_LENGTH } from '@visor/ledger';
import { fastHasher, type TreeHasher } from '@visor/ledger/store';
import type { Bytes } from '@visor/record';
import fc from 'fast-check';

const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());
const fast = fastHasher(sha256);
fast.leaves(new Uint8Array(2049 * LEAF_LENGTH)); // from here on in lanes

/** RFC 6962 section 2.1, one hash at a time, from nothing but the standard's own words. */
function oneByOne(prefix: number, length: number, all: Bytes): Bytes {
  const out = new Uint8Array((all.length / length) * HASH_LENGTH);
  for (let i = 0; i * length < all.length; i += 1) {
    const digest = createHash('sha256')
      .update(Uint8Array.of(prefix))
      .update(all.subarray(i * length, (i + 1) * length));
    out.set(digest.digest(), i * HASH_LENGTH);
  }
  return out;
}

const same = (hasher: TreeHasher, leaves: Bytes, pairs: Bytes): void => {
  assert.deepEqual(hasher.leaves(leaves), oneByOne(0, LEAF_LENGTH, leaves));
  assert.deepEqual(hasher.pairs(pairs), oneByOne(1, 2 * HASH_LENGTH, pairs));
};

const bytesOf = (count: number, length: number) =>
  fc.uint8Array({ minLength: count * length, maxLength: count * length });

test('the lanes hash what one digest a hash does, for any bytes and any number of them', () => {
  const messages = fc
    .nat({ max: 40 })

    .chain((count) => fc.tuple(bytesOf(count, LEAF_LENGTH), bytesOf(count, 2 * HASH_LENGTH)));
  fc.assert(
    fc.property(messages, ([leaves, pairs]) => same(fast, leaves, pairs)),
    { seed: 20261124, numRuns: 300 },
  );
});

test('more messages than one call takes are hashed in several', () => {
  for (const count of [1023, 1024, 1025, 2500]) {
    const bytes = (length: number): Bytes =>
      Uint8Array.from({ length: count * length }, (_, i) => (i * 31 + count) & 255);
    same(fast, bytes(LEAF_LENGTH), bytes(2 * HASH_LENGTH));
  }
});

test('words of every carry: all zeros and all ones', () => {
  for (const byte of [0x00, 0xff, 0x80, 0x7f]) {
    same(fast, new Uint8Array(7 * LEAF_LENGTH).fill(byte), new Uint8Array(7 * 2 * HASH_LENGTH).fill(byte));
  }
});

test('lanes that differ from the house’s own digest are not used', () => {
  const wrong = (data: Bytes): Bytes => sha256(data).map((byte, i) => (i === 31 ? byte ^ 1 : byte));
  const hasher = fastHasher(wrong);
  assert.doesNotThrow(() => hasher.leaves(new Uint8Array(2048 * LEAF_LENGTH)), 'the first are hashed the plain way');
  assert.throws(() => hasher.leaves(new Uint8Array(LEAF_LENGTH)), /hash wrongly/);
  assert.throws(() => hasher.pairs(new Uint8Array(2 * HASH_LENGTH)), /hash wrongly/);
});
