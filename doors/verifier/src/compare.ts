import { type Bytes, equalBytes } from '@visor/record';
import { type Anchors, isSignedBy } from './anchors.ts';
import { checkEntries } from './entries.ts';
import type { Evidence } from './evidence.ts';
import { compareTestimonies, type FraudProof, fraudProof, readFraudProof } from './fraud.ts';
import { testimonyOf } from './heads.ts';
import { type Check, check, type Report, type Tools } from './report.ts';
import { examine } from './verify.ts';

/**
 * AGREE: both files show one history of every log that they share. CONTRADICT: one key signed two histories, and
 * `fraud` is the proof. CHANGED: one of the files contradicts itself. CANNOT TELL: they share no log, nothing links
 * their heads, or no key is known that both are signed by.
 */
export interface Comparison {
  readonly verdict: 'AGREE' | 'CONTRADICT' | 'CHANGED' | 'CANNOT TELL';
  readonly checks: readonly Check[];
  readonly where?: string;
  readonly fraud?: FraudProof;
}

/**
 * Holds two receipts, two bundles, or one of each against each other.
 * @throws Refusal as `verify` and `verifyReceipt`
 */
export function compareReceipts(
  tools: Tools,
  [a, b]: readonly [first: Bytes, second: Bytes],
  { trust }: Pick<Anchors, 'trust'> = {},
): Comparison {
  // the card's key counts here and not its heads: the question is how the two files stand to each other
  const anchors = trust === undefined ? {} : { trust: { ...trust, heads: [] } };
  const [first, second] = [examine(tools, a, anchors), examine(tools, b, anchors)];
  const checks = [sideCheck('first', first.report), sideCheck('second', second.report)];
  if (
    first.evidence === undefined ||
    second.evidence === undefined ||
    checks.some(({ result }) => result === 'failed')
  ) {
    const where = first.report.where ?? second.report.where;
    return { verdict: 'CHANGED', checks, ...(where === undefined ? {} : { where }) };
  }
  const key = commonKey(tools, [first.evidence, second.evidence], trust?.publicKey);
  const agreement = compareLogs(tools, [first.evidence, second.evidence], key);
  return { ...agreement, checks: [...checks, ...agreement.checks] };
}

function sideCheck(side: 'first' | 'second', { verdict, where }: Report): Check {
  return verdict === 'CHANGED' ? check(`${side}.failed`, { where: where ?? '' }) : check(`${side}.proved`);
}

type Pair = readonly [first: Evidence, second: Evidence];

/** The key that every head of both files is signed by, when one is known. */
function commonKey(tools: Tools, [first, second]: Pair, trusted: Bytes | undefined): Bytes | undefined {
  const key = trusted ?? first.key ?? second.key;
  if (key === undefined) return undefined;
  const signed = [first, second].every(
    (evidence) =>
      (evidence.key === undefined || equalBytes(evidence.key, key)) &&
      evidence.logs.every(({ note }) => isSignedBy(tools, note, key)),
  );
  return signed ? key : undefined;
}

function compareLogs(tools: Tools, [first, second]: Pair, key: Bytes | undefined): Comparison {
  const checks: Check[] = [];
  for (const log of first.logs) {
    const other = second.logs.find(({ origin }) => origin === log.origin);
    if (other === undefined) continue;
    const [one, two] = [testimony(tools, first, log), testimony(tools, second, other)];
    const standing = compareTestimonies(tools.sha256, one, two);
    const facts = { log: log.origin, size: Math.min(log.head.size, other.head.size) };
    if (standing.stands === 'agree') checks.push(check('agreement.proved', facts));
    else if (standing.stands === 'apart') checks.push(check('agreement.unchecked', facts));
    else if (key === undefined) checks.push(check('agreement.key.unchecked', facts));
    else {
      const fraud = fraudProof({ origin: log.origin, key }, standing, [log.note, other.note]);
      return { verdict: 'CONTRADICT', checks: [...checks, check('agreement.failed', facts)], fraud };
    }
  }
  if (checks.length === 0) checks.push(check('agreement.none.unchecked'));
  const open = checks.some(({ result }) => result !== 'proved');
  return { verdict: open ? 'CANNOT TELL' : 'AGREE', checks };
}

function testimony(tools: Tools, evidence: Evidence, log: Evidence['logs'][number]) {
  return testimonyOf(tools, log, { evidence, checked: checkEntries(tools, evidence).checked ?? [] });
}

/**
 * Checks a file that says that one key signed two histories. Without the reader's card it is not known whose key it is.
 * @throws Refusal `fraud.shape` when it proves nothing of the kind, under the card's key if there is one
 */
export function verifyFraudProof(tools: Tools, bytes: Bytes, { trust }: Pick<Anchors, 'trust'> = {}): Comparison {
  const { origin, key } = readFraudProof(tools, bytes, trust?.publicKey);
  const proved = check('fraud.proved', { log: origin, key });
  if (trust === undefined) return { verdict: 'CANNOT TELL', checks: [proved, check('owner.unchecked')] };
  return { verdict: 'CONTRADICT', checks: [proved, check('owner.proved')] };
}
