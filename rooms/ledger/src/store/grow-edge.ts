import type { Bytes } from '@visor/record';
import { type Edge, HASH_LENGTH } from '../tree.ts';
import type { TreeHasher } from './tree-hasher.ts';

/** The complete subtrees of one level that came to be, from index `first` on, one behind the other. */
export interface NewRow {
  readonly level: number; // 0 for leaves
  readonly first: number;
  readonly hashes: Bytes; // 32 bytes each
}

export interface Grown {
  readonly edge: Edge;
  readonly rows: readonly NewRow[]; // leaves first
}

/**
 * As `extendEdge`, level by level, and answers every complete subtree on the way, so that nobody hashes one twice.
 * @param leafHashes one behind the other
 */
export function growEdge(hasher: TreeHasher, edge: Edge, leafHashes: Bytes): Grown {
  const old = [...edge.hashes]; // the smallest subtree last
  const ends: Bytes[] = []; // of the new edge, the smallest first
  const rows: NewRow[] = [];
  const size = edge.size + leafHashes.length / HASH_LENGTH;
  let hashes = leafHashes;
  for (let [level, before, after] = [0, edge.size, size]; after > 0; level += 1) {
    if (hashes.length > 0) rows.push({ level, first: before, hashes });
    const odd = before % 2 === 1 ? [old.pop()!] : [];
    const row = odd.length === 0 ? hashes : joined(odd[0]!, hashes);
    const paired = row.length - (row.length % (2 * HASH_LENGTH));
    if (paired < row.length) ends.push(row.slice(paired));
    hashes = paired === 0 ? NONE : hasher.pairs(row.subarray(0, paired));
    [before, after] = [Math.floor(before / 2), Math.floor(after / 2)];
  }
  return { edge: { size, hashes: ends.reverse() }, rows };
}

const NONE = new Uint8Array(0);

function joined(first: Bytes, rest: Bytes): Bytes {
  const out = new Uint8Array(first.length + rest.length);
  out.set(first);
  out.set(rest, first.length);
  return out;
}
