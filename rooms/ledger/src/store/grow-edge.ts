import type { Bytes } from '@visor/record';
import type { Edge, NodeHash } from '../tree.ts';

/** A complete subtree that came to be, in the order in which they do: children before their parent. */
export interface NewNode {
  readonly level: number; // 0 for a leaf
  readonly hash: Bytes;
}

/** As `extendEdge`, and answers every complete subtree on the way, so that nobody hashes it a second time. */
export function growEdge(
  node: NodeHash,
  edge: Edge,
  leafHashes: readonly Bytes[],
): { readonly edge: Edge; readonly nodes: readonly NewNode[] } {
  const hashes = [...edge.hashes];
  const nodes: NewNode[] = [];
  let size = edge.size;
  for (const leaf of leafHashes) {
    let hash = leaf;
    let level = 0;
    nodes.push({ level, hash });
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      hash = node(hashes.pop()!, hash);
      level += 1;
      nodes.push({ level, hash });
    }
    hashes.push(hash);
    size += 1;
  }
  return { edge: { size, hashes }, nodes };
}
