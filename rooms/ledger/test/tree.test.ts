import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consistencyPath,
  type Edge,
  edgeRoot,
  emptyEdge,
  extendEdge,
  foldNodes,
  inclusionPath,
  leafHash,
  type NodeRef,
  verifyConsistency,
  verifyInclusion,
} from '@visor/ledger';
import { type Bytes, concat, hex, Refusal, utf8 } from '@visor/record';
import { sha256 } from './tools.ts';

// The tree by the definition of RFC 6962 section 2.1: slow, recursive, written apart from the code that it checks.
const nodeOf = (left: Bytes, right: Bytes): Bytes => sha256(concat([Uint8Array.of(1), left, right]));
const splitOf = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};
function rootOf(d: readonly Bytes[]): Bytes {
  if (d.length === 0) return sha256(new Uint8Array(0));
  if (d.length === 1) return d[0]!;
  const k = splitOf(d.length);
  return nodeOf(rootOf(d.slice(0, k)), rootOf(d.slice(k)));
}
function pathOf(m: number, d: readonly Bytes[]): Bytes[] {
  if (d.length === 1) return [];
  const k = splitOf(d.length);
  return m < k
    ? [...pathOf(m, d.slice(0, k)), rootOf(d.slice(k))]
    : [...pathOf(m - k, d.slice(k)), rootOf(d.slice(0, k))];
}
function subproofOf(m: number, d: readonly Bytes[], whole: boolean): Bytes[] {
  if (m === d.length) return whole ? [] : [rootOf(d)];
  const k = splitOf(d.length);
  return m <= k
    ? [...subproofOf(m, d.slice(0, k), whole), rootOf(d.slice(k))]
    : [...subproofOf(m - k, d.slice(k), false), rootOf(d.slice(0, k))];
}

const LEAVES = Array.from({ length: 64 }, (_, i) => leafHash(sha256, utf8(`entry ${i}`)));
const ROOTS = Array.from({ length: 65 }, (_, size) => rootOf(LEAVES.slice(0, size)));
const answer = (refs: readonly (readonly NodeRef[])[]): Bytes[] =>
  refs.map((item) =>
    foldNodes(
      sha256,
      item.map(({ level, index }) => rootOf(LEAVES.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    ),
  );
const hexes = (hashes: readonly Bytes[]): string[] => hashes.map(hex);
const refusalOf = (work: () => void): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'no refusal';
};

test('a leaf is hashed behind 0x00 and a node behind 0x01', () => {
  assert.equal(hex(leafHash(sha256, utf8('x'))), hex(sha256(concat([Uint8Array.of(0), utf8('x')]))));
});

test('the root of every tree of up to 64 entries is the one of its definition, however it was appended', () => {
  for (let size = 0; size <= 64; size += 1) {
    assert.equal(hex(edgeRoot(sha256, extendEdge(sha256, emptyEdge, LEAVES.slice(0, size)))), hex(ROOTS[size]!));
    for (let cut = 0; cut <= size; cut += 7) {
      const first = extendEdge(sha256, emptyEdge, LEAVES.slice(0, cut));
      const whole: Edge = extendEdge(sha256, first, LEAVES.slice(cut, size));
      assert.equal(hex(edgeRoot(sha256, whole)), hex(ROOTS[size]!));
      assert.equal(first.size, cut);
    }
  }
});

test('the inclusion proof of every entry in every tree of up to 64 is the one of its definition and passes', () => {
  for (let size = 1; size <= 64; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const proof = answer(inclusionPath(index, size));
      assert.deepEqual(hexes(proof), hexes(pathOf(index, LEAVES.slice(0, size))));
      verifyInclusion(sha256, { leafHash: LEAVES[index]!, index, size, proof, root: ROOTS[size]! });
    }
  }
});

test('the consistency proof of every pair of sizes of up to 64 is the one of its definition and passes', () => {
  for (let to = 0; to <= 64; to += 1) {
    for (let from = 0; from <= to; from += 1) {
      const proof = answer(consistencyPath(from, to));
      const expected = from === 0 ? [] : subproofOf(from, LEAVES.slice(0, to), true);
      assert.deepEqual(hexes(proof), hexes(expected));
      verifyConsistency(sha256, { from, to, proof, fromRoot: ROOTS[from]!, toRoot: ROOTS[to]! });
    }
  }
});

test('an inclusion proof carries no other entry, no other place, no other size and no other root', () => {
  for (let size = 2; size <= 20; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const proof = answer(inclusionPath(index, size));
      const good = { leafHash: LEAVES[index]!, index, size, proof, root: ROOTS[size]! };
      const other = (index + 1) % size;
      assert.equal(
        refusalOf(() => verifyInclusion(sha256, { ...good, leafHash: LEAVES[other]! })),
        'ledger.proof.root',
      );
      assert.notEqual(
        refusalOf(() => verifyInclusion(sha256, { ...good, index: other })),
        'no refusal',
      );
      assert.equal(
        refusalOf(() => verifyInclusion(sha256, { ...good, root: ROOTS[size - 1]! })),
        'ledger.proof.root',
      );
      const longer = [...proof, ROOTS[1]!];
      assert.equal(
        refusalOf(() => verifyInclusion(sha256, { ...good, proof: longer })),
        'ledger.proof.length',
      );
      assert.equal(
        refusalOf(() => verifyInclusion(sha256, { ...good, proof: proof.slice(1) })),
        'ledger.proof.length',
      );
    }
  }
});

test('a consistency proof fails with one changed, dropped or added hash and with either root changed', () => {
  for (let to = 2; to <= 20; to += 1) {
    for (let from = 1; from < to; from += 1) {
      const proof = answer(consistencyPath(from, to));
      const good = { from, to, proof, fromRoot: ROOTS[from]!, toRoot: ROOTS[to]! };
      for (let i = 0; i < proof.length; i += 1) {
        const changed = proof.with(i, ROOTS[33]!);
        assert.equal(
          refusalOf(() => verifyConsistency(sha256, { ...good, proof: changed })),
          'ledger.proof.root',
        );
      }
      assert.equal(
        refusalOf(() => verifyConsistency(sha256, { ...good, proof: proof.slice(1) })),
        'ledger.proof.length',
      );
      const longer = [...proof, ROOTS[1]!];
      assert.equal(
        refusalOf(() => verifyConsistency(sha256, { ...good, proof: longer })),
        'ledger.proof.length',
      );
      assert.equal(
        refusalOf(() => verifyConsistency(sha256, { ...good, fromRoot: ROOTS[33]! })),
        'ledger.proof.root',
      );
      assert.equal(
        refusalOf(() => verifyConsistency(sha256, { ...good, toRoot: ROOTS[33]! })),
        'ledger.proof.root',
      );
    }
  }
});

const H = ROOTS[1]!;
const EMPTY = ROOTS[0]!;
const REFUSED_INCLUSIONS: readonly [string, { index: number; size: number; proof: Bytes[] }][] = [
  ['an index behind the tree', { index: 1, size: 1, proof: [] }],
  ['a negative index', { index: -1, size: 1, proof: [] }],
  ['a broken index', { index: 0.5, size: 1, proof: [] }],
  ['an index that is no number', { index: Number.NaN, size: 1, proof: [] }],
  ['a tree of nothing', { index: 0, size: 0, proof: [] }],
  ['a size beyond whole numbers', { index: 0, size: 2 ** 53, proof: [] }],
  ['a hash of 31 bytes', { index: 0, size: 2, proof: [H.slice(1)] }],
  ['more hashes than any tree has', { index: 0, size: 2, proof: Array.from({ length: 65 }, () => H) }],
];
for (const [what, claim] of REFUSED_INCLUSIONS) {
  test(`an inclusion proof with ${what} is refused`, () => {
    const code = refusalOf(() => verifyInclusion(sha256, { ...claim, leafHash: H, root: H }));
    assert.equal(code, 'ledger.proof.length');
  });
}

const REFUSED_CONSISTENCIES: readonly [string, { from: number; to: number; proof: Bytes[] }, string][] = [
  ['a tree that shrank', { from: 2, to: 1, proof: [] }, 'ledger.proof.length'],
  ['hashes where none belong', { from: 1, to: 1, proof: [H] }, 'ledger.proof.length'],
  ['hashes for the empty tree', { from: 0, to: 1, proof: [H] }, 'ledger.proof.length'],
  ['a false root of the empty tree', { from: 0, to: 1, proof: [] }, 'ledger.proof.root'],
  ['a false root of an empty tree that stayed empty', { from: 0, to: 0, proof: [] }, 'ledger.proof.root'],
  ['a size beyond whole numbers', { from: 1, to: 2 ** 60, proof: [H] }, 'ledger.proof.length'],
  ['no hashes', { from: 3, to: 7, proof: [] }, 'ledger.proof.length'],
];
for (const [what, claim, code] of REFUSED_CONSISTENCIES) {
  test(`a consistency proof with ${what} is refused`, () => {
    const fromRoot = claim.to === 0 ? EMPTY : H;
    assert.equal(
      refusalOf(() => verifyConsistency(sha256, { ...claim, fromRoot, toRoot: H })),
      code,
    );
  });
}

test('proofs in trees of up to 2^53 - 1 entries have as many hashes as the sizes say', () => {
  const big = Number.MAX_SAFE_INTEGER;
  assert.equal(inclusionPath(0, big).length, 53);
  assert.equal(inclusionPath(big - 1, big).length, 52);
  assert.equal(inclusionPath(2 ** 52 - 1, 2 ** 53 - 1).length, 53);
  assert.deepEqual(inclusionPath(2 ** 40, 2 ** 40 + 1), [[{ level: 40, index: 0 }]]);
  assert.deepEqual(consistencyPath(2 ** 40, 2 ** 41), [[{ level: 40, index: 1 }]]);
});
