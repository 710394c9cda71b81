import { openCheckpoint } from '@visor/ledger';
import {
  type Bytes,
  base64,
  canonicalBytes,
  equalBytes,
  fromBase64,
  type Json,
  parseJson,
  Refusal,
  text,
} from '@visor/record';
import { parseFraud, parseStep } from './fraud-shape.ts';
import { addStep, derive, type Head, type Ranges, rangesOfHead, type Step } from './ranges.ts';
import type { Tools } from './report.ts';

/** A head that somebody holds, and what is proved under it. */
export interface Testimony {
  readonly note: string; // signed
  readonly head: Head;
  readonly ranges: Ranges;
}

/**
 * Two heads that one key signed for one log and that cannot both be: the same size with another root, or proofs under
 * them that fix the same entries to different hashes. It needs nobody's word: `readFraudProof` checks all of it again.
 */
export interface FraudProof {
  readonly visor: 'fraud/1';
  readonly origin: string;
  readonly key: string; // ed25519:base64
  readonly why: 'same size' | 'other history';
  readonly first: { readonly head: string; readonly steps: readonly Json[] };
  readonly second: { readonly head: string; readonly steps: readonly Json[] };
}

/** How two testimonies about one log stand to each other. */
export type Standing =
  | { readonly stands: 'agree' } //     the smaller head is proved to be the beginning of the larger one
  | { readonly stands: 'apart' } //     nothing contradicts, nothing links them
  | {
      readonly stands: 'contradict';
      readonly why: FraudProof['why'];
      readonly steps: readonly [first: readonly Step[], second: readonly Step[]];
    };

/** @cost one look-up for each range of the smaller one, and one hash for each of the larger one at most */
export function compareTestimonies(sha256: Tools['sha256'], first: Testimony, second: Testimony): Standing {
  if (first.head.size > second.head.size) return turned(compareTestimonies(sha256, second, first));
  const [small, large] = [first.head, second.head];
  if (small.size === large.size) {
    if (equalBytes(small.root, large.root)) return { stands: 'agree' };
    return { stands: 'contradict', why: 'same size', steps: [[], []] };
  }
  for (const [key, { hash, step }] of first.ranges) {
    const other = second.ranges.get(key);
    if (other === undefined || equalBytes(hash, other.hash)) continue;
    return { stands: 'contradict', why: 'other history', steps: [given(step), given(other.step)] };
  }
  if (small.size === 0) return { stands: equalBytes(small.root, sha256(new Uint8Array(0))) ? 'agree' : 'apart' };
  const beginning = derive(sha256, second.ranges, [0, small.size]);
  if (beginning === undefined) return { stands: 'apart' };
  if (equalBytes(beginning.hash, small.root)) return { stands: 'agree' };
  return { stands: 'contradict', why: 'other history', steps: [[], [...beginning.steps]] };
}

const given = (step: Step | undefined): readonly Step[] => (step === undefined ? [] : [step]);

const turned = (standing: Standing): Standing =>
  standing.stands === 'contradict' ? { ...standing, steps: [standing.steps[1], standing.steps[0]] } : standing;

export function fraudProof(
  { origin, key }: { origin: string; key: Bytes },
  standing: Extract<Standing, { stands: 'contradict' }>,
  notes: readonly [first: string, second: string],
): FraudProof {
  const [first, second] = standing.steps;
  return {
    ...{ visor: 'fraud/1', origin, key: KEY + base64(key), why: standing.why },
    first: { head: notes[0], steps: first.map(stepJson) },
    second: { head: notes[1], steps: second.map(stepJson) },
  };
}

const KEY = 'ed25519:';

const stepJson = (step: Step): Json =>
  step.kind === 'inclusion'
    ? { kind: step.kind, index: step.index, leaf: base64(step.leafHash), proof: step.proof.map(base64) }
    : { kind: step.kind, from: step.from, root: base64(step.fromRoot), proof: step.proof.map(base64) };

/** The bytes of a fraud proof, for a file. */
export const fraudBytes = (proof: FraudProof): Bytes =>
  canonicalBytes({ ...proof, first: { ...proof.first }, second: { ...proof.second } });

/**
 * Reads a fraud proof and checks it from the ground: both signatures, every step, and that they cannot both be.
 * @param key  The house's key out of the reader's own card; without one, the key that the file names.
 * @throws Refusal `fraud.shape` when it proves nothing of the kind
 */
export function readFraudProof(tools: Tools, bytes: Bytes, key?: Bytes): FraudProof {
  const bad = (what: string, cause?: unknown): Refusal => new Refusal('fraud.shape', { what }, { cause });
  if (bytes.length > FRAUD_MOST) throw bad('length');
  try {
    const proof = parseFraud(parseJson(text(bytes), 8));
    const claimed = fromBase64(proof.key.slice(KEY.length));
    if (claimed.length !== 32 || (key !== undefined && !equalBytes(key, claimed))) throw bad('key');
    const [first, second] = [proof.first, proof.second].map((side) => testimonyOf(tools, side, claimed));
    if (first!.origin !== proof.origin || second!.origin !== proof.origin) throw bad('origin');
    const standing = compareTestimonies(tools.sha256, first!, second!);
    if (standing.stands !== 'contradict' || standing.why !== proof.why) throw bad('no contradiction');
    return proof;
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.code === 'fraud.shape') throw cause;
    throw bad(cause.code, cause);
  }
}

const FRAUD_MOST = 1024 * 1024; // bytes

/** Whether a file calls itself a fraud proof: JSON with that member, in any layout. It proves nothing by that. */
export const isLikeFraudProof = (bytes: Bytes): boolean =>
  bytes.length <= FRAUD_MOST && /"visor"\s*:\s*"fraud\/1"/.test(latin1(bytes));

const latin1 = (bytes: Bytes): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

function testimonyOf(tools: Tools, side: FraudProof['first'], key: Bytes): Testimony & { readonly origin: string } {
  const { origin, ...head } = openCheckpoint(tools, side.head, key);
  const ranges = rangesOfHead(head);
  for (const step of side.steps) addStep(tools.sha256, ranges, { head, step: parseStep(step) });
  return { origin, note: side.head, head, ranges };
}
