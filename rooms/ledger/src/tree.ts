/**
 * The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1: a leaf is hashed behind 0x00, a node behind 0x01,
 * so that neither can pass as the other. Sizes and indices are whole numbers up to 2^53 - 1.
 */
import type { Bytes, Sha256 } from '@visor/record';

export const HASH_LENGTH = 32;

/**
 * The roots of the complete subtrees of a tree, left to right and so largest first: all that is needed to append
 * to it and to know its root. `hashes` is as long as `size` has one bits.
 */
export interface Edge {
  readonly size: number; // leaves
  readonly hashes: readonly Bytes[]; // 32 bytes each
}

/** A complete subtree: `level` 0 is a leaf, and node (level, index) covers the 2^level leaves from index * 2^level on. */
export interface NodeRef {
  readonly level: number;
  readonly index: number;
}

/** SHA-256(0x00 | leaf); 32 bytes. */
export function leafHash(sha256: Sha256, leaf: Bytes): Bytes {
  const input = new Uint8Array(1 + leaf.length);
  input.set(leaf, 1);
  return sha256(input);
}

/** SHA-256(0x01 | left | right); 32 bytes from two of 32. */
export function nodeHash(sha256: Sha256, left: Bytes, right: Bytes): Bytes {
  const input = new Uint8Array(1 + 2 * HASH_LENGTH);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + HASH_LENGTH);
  return sha256(input);
}

export const emptyEdge: Edge = Object.freeze({ size: 0, hashes: Object.freeze([]) });

/**
 * The edge after more leaves.
 * @param leafHashes what `leafHash` made of each new leaf, in order
 * @cost  at most one node hash a leaf and one more for each bit of the size; the old edge stays as it was
 */
export function extendEdge(sha256: Sha256, edge: Edge, leafHashes: readonly Bytes[]): Edge {
  const hashes = [...edge.hashes];
  let size = edge.size;
  for (const leaf of leafHashes) {
    let hash = leaf;
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(sha256, hashes.pop()!, hash);
    hashes.push(hash);
    size += 1;
  }
  return { size, hashes };
}

/** The root of the tree with this edge; the root of no leaves is SHA-256 of nothing. */
export function edgeRoot(sha256: Sha256, edge: Edge): Bytes {
  return edge.size === 0 ? sha256(new Uint8Array(0)) : foldNodes(sha256, edge.hashes);
}

/**
 * The hash over neighbouring complete subtrees, largest first: each is hashed with everything to its right.
 * @param hashes at least one
 */
export function foldNodes(sha256: Sha256, hashes: readonly Bytes[]): Bytes {
  return hashes.reduceRight((right, left) => nodeHash(sha256, left, right));
}

/** The complete subtrees that make up the leaves from `from` to before `to`, where `from` starts a subtree of at least that many. */
function subtrees(from: number, to: number): NodeRef[] {
  const refs: NodeRef[] = [];
  for (let at = from; at < to; ) {
    const level = Math.floor(log2(to - at));
    refs.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return refs;
}

/** floor(log2(n)) exactly, for whole n from 1 to 2^53 - 1: Math.log2 rounds up just below large powers of two. */
function log2(n: number): number {
  const guess = Math.round(Math.log2(n));
  return 2 ** guess > n ? guess - 1 : guess;
}

/** The largest power of two that is smaller than n; n at least 2. */
const split = (n: number): number => 2 ** log2(n - 1);

/**
 * Which complete subtrees a prover needs to show entry `index` in a tree of `size`, leaf to root: each item is one hash
 * of the proof, the fold (`foldNodes`) of the nodes listed. Only the last items of a tree whose size is no power of two
 * have more than one.
 * @throws RangeError unless 0 <= index < size
 */
export function inclusionPath(index: number, size: number): readonly (readonly NodeRef[])[] {
  wholeNumbers(index, size);
  if (index >= size) throw new RangeError('the tree has no such entry');
  const path: NodeRef[][] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.push(subtrees(middle, to));
      to = middle;
    } else {
      path.push(subtrees(from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/**
 * Which complete subtrees a prover needs to show that the tree of size `to` extends the tree of size `from`
 * (RFC 6962 section 2.1.2), in the order of the proof; items as in `inclusionPath`.
 * @throws RangeError unless 0 <= from <= to
 */
export function consistencyPath(from: number, to: number): readonly (readonly NodeRef[])[] {
  wholeNumbers(from, to);
  if (from > to) throw new RangeError('a tree cannot shrink');
  if (from === 0 || from === to) return [];
  const path: NodeRef[][] = [];
  let [low, high] = [0, to];
  while (high !== from) {
    const middle = low + split(high - low);
    if (from <= middle) {
      path.push(subtrees(middle, high));
      high = middle;
    } else {
      path.push(subtrees(low, middle));
      low = middle;
    }
  }
  if (low > 0) path.push(subtrees(low, high)); // the old tree's own root needs no showing; a part of it does
  return path.reverse();
}

function wholeNumbers(...values: readonly number[]): void {
  for (const value of values) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('sizes and indices are whole numbers');
  }
}
