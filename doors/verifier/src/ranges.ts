import { nodeHash, verifyConsistency, verifyInclusion } from '@visor/ledger';
import type { Bytes, Sha256 } from '@visor/record';

/**
 * What proofs say about a log, as hashes of ranges of its entries. The hash over entries `from` to before `to`
 * (RFC 6962's MTH of D[from:to]) depends on these entries alone and not on the size of the tree that it was seen in:
 * so two ranges with the same ends and different hashes cannot belong to one history, whatever heads they stand under.
 */
export interface Range {
  readonly hash: Bytes;
  readonly step?: Step; // the proof that it is known from; none for the root of the head itself
}
export type Ranges = Map<string, Range>;

/** One proof under a head: an entry stands in it, or an earlier tree is its beginning. */
export type Step =
  | { readonly kind: 'inclusion'; readonly index: number; readonly leafHash: Bytes; readonly proof: readonly Bytes[] }
  | { readonly kind: 'consistency'; readonly from: number; readonly fromRoot: Bytes; readonly proof: readonly Bytes[] };

export interface Head {
  readonly size: number;
  readonly root: Bytes;
}

/** What a head alone says: the hash over all its entries. */
export const rangesOfHead = (head: Head): Ranges =>
  new Map(head.size === 0 ? [] : [[keyOf(0, head.size), { hash: head.root }]]);

const keyOf = (from: number, to: number): string => `${from}-${to}`;

/**
 * Checks a proof under a head and notes every range that it fixes.
 * @throws Refusal `ledger.proof.length`, `ledger.proof.root`
 * @cost   two hashes a proof item
 */
export function addStep(sha256: Sha256, ranges: Ranges, { head, step }: { head: Head; step: Step }): void {
  if (step.kind === 'inclusion') {
    verifyInclusion(sha256, { ...step, size: head.size, root: head.root });
    addInclusion(sha256, ranges, { head, step });
  } else {
    const { from, fromRoot, proof } = step;
    verifyConsistency(sha256, { from, to: head.size, proof, fromRoot, toRoot: head.root });
    addConsistency(ranges, { head, step });
  }
}

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

function addInclusion(sha256: Sha256, ranges: Ranges, { head, step }: { head: Head; step: Of<'inclusion'> }): void {
  const splits: { from: number; middle: number; to: number }[] = [];
  let [from, to] = [0, head.size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    splits.push({ from, middle, to });
    if (step.index < middle) to = middle;
    else from = middle;
  }
  let hash = step.leafHash;
  if (head.size > 1) ranges.set(keyOf(from, to), { hash, step });
  for (const sibling of step.proof) {
    const { from, middle, to } = splits.pop()!; // the proof has as many hashes as the tree has splits: it was checked
    const left = step.index < middle;
    ranges.set(left ? keyOf(middle, to) : keyOf(from, middle), { hash: sibling, step });
    hash = left ? nodeHash(sha256, hash, sibling) : nodeHash(sha256, sibling, hash);
    if (from > 0 || to < head.size) ranges.set(keyOf(from, to), { hash, step });
  }
}

function addConsistency(ranges: Ranges, { head, step }: { head: Head; step: Of<'consistency'> }): void {
  if (step.from === 0 || step.from === head.size) return;
  ranges.set(keyOf(0, step.from), { hash: step.fromRoot, step });
  const parts: string[] = [];
  let [from, to] = [0, head.size];
  while (to !== step.from) {
    const middle = from + split(to - from);
    parts.push(step.from <= middle ? keyOf(middle, to) : keyOf(from, middle));
    if (step.from <= middle) to = middle;
    else from = middle;
  }
  if (from > 0) parts.push(keyOf(from, to));
  for (const [i, key] of parts.reverse().entries()) ranges.set(key, { hash: step.proof[i]!, step });
}

/**
 * The hash over a range out of the ranges that are known, and the steps it rests on; undefined when they do not reach.
 * @cost at most one hash a known range: the first unknown entry ends it
 */
export function derive(
  sha256: Sha256,
  ranges: Ranges,
  [from, to]: readonly [from: number, to: number],
): { hash: Bytes; steps: Set<Step> } | undefined {
  const known = ranges.get(keyOf(from, to));
  if (known !== undefined) return { hash: known.hash, steps: new Set(known.step === undefined ? [] : [known.step]) };
  if (to - from <= 1) return undefined;
  const middle = from + split(to - from);
  const left = derive(sha256, ranges, [from, middle]);
  const right = left === undefined ? undefined : derive(sha256, ranges, [middle, to]);
  if (left === undefined || right === undefined) return undefined;
  return { hash: nodeHash(sha256, left.hash, right.hash), steps: new Set([...left.steps, ...right.steps]) };
}

/** The largest power of two below n; n at least 2. Doubling is exact up to 2^53, where a logarithm is not. */
function split(n: number): number {
  let half = 1;
  while (half * 2 < n) half *= 2;
  return half;
}
