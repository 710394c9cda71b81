/**
 * Checking proofs, RFC 9162 sections 2.1.3.2 and 2.1.4.2. Everything but `sha256` and the expected roots may come from
 * an attacker: sizes are checked before they steer anything, and a proof has exactly the length that the sizes allow.
 */
import { type Bytes, equalBytes, Refusal, type Sha256 } from '@visor/record';
import { HASH_LENGTH, nodeHash } from './tree.ts';

export interface InclusionClaim {
  readonly leafHash: Bytes; // 32 bytes
  readonly index: number; // 0-based
  readonly size: number; // leaves under the root, at least 1
  readonly proof: readonly Bytes[]; // 32 bytes each, the leaf's sibling first
  readonly root: Bytes; // 32 bytes, out of a signed checkpoint
}

export interface ConsistencyClaim {
  readonly from: number; // leaves under fromRoot
  readonly to: number; // leaves under toRoot, not fewer
  readonly proof: readonly Bytes[];
  readonly fromRoot: Bytes;
  readonly toRoot: Bytes;
}

/**
 * Passes when the leaf stands at that index of the tree with that root.
 * @throws Refusal `ledger.proof.length` (index outside the tree, too few or too many hashes) or `ledger.proof.root`
 * @cost   one hash an item of the proof; at most 53 are ever read
 */
export function verifyInclusion(sha256: Sha256, claim: InclusionClaim): void {
  const { index, size, proof } = claim;
  const badLength = (): Refusal => new Refusal('ledger.proof.length', { index, size, hashes: proof.length });
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes(proof)) throw badLength();
  let hash = claim.leafHash;
  let [at, last] = [index, size - 1];
  for (const sibling of proof) {
    if (last === 0) throw badLength();
    if (at % 2 === 1) hash = nodeHash(sha256, sibling, hash);
    else if (at < last) hash = nodeHash(sha256, hash, sibling);
    else {
      // the last node of a level without a right neighbour rises until it has a left one
      while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
      hash = nodeHash(sha256, sibling, hash);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw badLength();
  if (!equalBytes(hash, claim.root)) throw new Refusal('ledger.proof.root', { index, size });
}

/**
 * Passes when the tree of size `to` begins with the tree of size `from`. A tree of no entries is the beginning of
 * every tree, and a tree is the beginning of itself: both have the empty proof.
 * @throws Refusal `ledger.proof.length` or `ledger.proof.root`
 */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): void {
  const { from, to, proof, fromRoot, toRoot } = claim;
  const badLength = (): Refusal => new Refusal('ledger.proof.length', { from, to, hashes: proof.length });
  const badRoot = (): Refusal => new Refusal('ledger.proof.root', { from, to });
  if (!isSize(from) || !isSize(to) || from > to || !areHashes(proof)) throw badLength();
  if (from === 0 || from === to) {
    if (proof.length !== 0) throw badLength();
    const expected = from === 0 ? sha256(new Uint8Array(0)) : toRoot;
    if (!equalBytes(fromRoot, expected)) throw badRoot();
    if (to === 0 && !equalBytes(toRoot, expected)) throw badRoot();
    return;
  }
  const found = walkConsistency(sha256, claim);
  if (found === undefined) throw badLength();
  if (!equalBytes(found.old, fromRoot) || !equalBytes(found.now, toRoot)) throw badRoot();
}

/** The two roots that a proof leads to, or undefined when it has the wrong length; 0 < from < to. */
function walkConsistency(
  sha256: Sha256,
  { from, to, proof, fromRoot }: ConsistencyClaim,
): { old: Bytes; now: Bytes } | undefined {
  let [at, last] = [from - 1, to - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  // where the old tree is one complete subtree its root starts the walk and is not in the proof
  const hashes = at === 0 ? [fromRoot, ...proof] : proof;
  const first = hashes[0];
  if (first === undefined) return undefined;
  let [old, now] = [first, first];
  for (const hash of hashes.slice(1)) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      old = nodeHash(sha256, hash, old);
      now = nodeHash(sha256, hash, now);
      while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    } else {
      now = nodeHash(sha256, now, hash);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? { old, now } : undefined;
}

const half = (n: number): number => Math.floor(n / 2);
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const areHashes = (proof: readonly Bytes[]): boolean =>
  proof.length <= 64 && proof.every((hash) => hash.length === HASH_LENGTH); // 53 levels at most, one more a turn
