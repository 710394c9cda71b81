/**
 * A log in memory. The tree is by definition (RFC 6962, section 2.1), remembered range by range, and written apart from
 * the code that it helps to check.
 */
import { type Draft, leafHash, nodeHash, type PreparedEntry } from '@visor/ledger';
import type { Bytes, Sha256 } from '@visor/record';

export interface SmallEntry {
  readonly draft: Draft;
  readonly prepared: PreparedEntry;
  readonly leaf: Bytes;
}

export interface SmallLog {
  readonly sha256: Sha256;
  readonly entries: SmallEntry[];
  readonly ranges: Map<string, Bytes>;
}

type Span = readonly [from: number, to: number];

/** MTH(D[from:to]); the root of nothing is SHA-256 of nothing. */
export function rangeHash(log: SmallLog, [from, to]: Span): Bytes {
  if (from === to) return log.sha256(new Uint8Array(0));
  const key = `${from}-${to}`;
  const known = log.ranges.get(key);
  if (known !== undefined) return known;
  const middle = middleOf([from, to]);
  const made =
    to - from === 1
      ? leafHash(log.sha256, log.entries[from]!.leaf)
      : nodeHash(log.sha256, rangeHash(log, [from, middle]), rangeHash(log, [middle, to]));
  log.ranges.set(key, made);
  return made;
}

const middleOf = ([from, to]: Span): number => from + 2 ** Math.floor(Math.log2(to - from - 1));

/** PATH(index, D[from:to]), the leaf's sibling first. */
export function pathOf(log: SmallLog, index: number, [from, to]: Span): Bytes[] {
  if (to - from === 1) return [];
  const middle = middleOf([from, to]);
  return index < middle
    ? [...pathOf(log, index, [from, middle]), rangeHash(log, [middle, to])]
    : [...pathOf(log, index, [middle, to]), rangeHash(log, [from, middle])];
}

/** PROOF(old, D[0:to]): that the log of `old` entries is the beginning of the log of `to`. */
export const proofOf = (log: SmallLog, old: number, to: number): Bytes[] =>
  old === 0 || old === to ? [] : subproof(log, old, { span: [0, to], whole: true });

/** SUBPROOF(old, D[from:to], whole). */
function subproof(log: SmallLog, old: number, { span, whole }: { span: Span; whole: boolean }): Bytes[] {
  const [from, to] = span;
  if (old === to) return whole ? [] : [rangeHash(log, span)];
  const middle = middleOf(span);
  return old <= middle
    ? [...subproof(log, old, { span: [from, middle], whole }), rangeHash(log, [middle, to])]
    : [...subproof(log, old, { span: [middle, to], whole: false }), rangeHash(log, [from, middle])];
}
