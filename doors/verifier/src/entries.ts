import { bundleFields } from '@visor/case/bundle';
import { type CheckedDisclosure, checkDisclosure, SLOTS, verifyInclusion } from '@visor/ledger';
import { canonicalJson, fromBase64, Refusal, rfc3339 } from '@visor/record';
import type { Evidence } from './evidence.ts';
import type { Place } from './place.ts';
import { type Check, check, type Finding, type Tools } from './report.ts';

export interface EntryFinding extends Finding {
  readonly checked?: readonly CheckedDisclosure[]; // as long as the entries, when each leads to its leaf and stands in its log
  readonly since?: string;
}

/** Does what is shown lead to each leaf, and does each leaf stand under the head of its log? */
export function checkEntries({ sha256 }: Tools, evidence: Evidence): EntryFinding {
  const checked: CheckedDisclosure[] = [];
  for (const { entry } of evidence.entries) {
    const found = refusing(() => checkDisclosure(sha256, entry));
    if (found instanceof Refusal) {
      const facts = { log: entry.log, index: entry.index };
      const slot = typeof found.facts.slot === 'number' ? { slot: found.facts.slot } : {};
      return { checks: [check('entries.failed', facts), check('inclusion.unchecked')], place: { ...facts, ...slot } };
    }
    checked.push(found);
  }
  const entries = check('entries.proved', {
    entries: checked.length,
    shown: checked.reduce((sum, { opened }) => sum + opened.length, 0),
    withheld: checked.reduce((sum, { withheld }) => sum + withheld.length, 0),
  });
  const outside = notIncluded(sha256, evidence, checked);
  if (outside !== undefined) {
    const facts = { log: outside.log!, index: outside.index! };
    return { checks: [entries, check('inclusion.failed', facts)], place: outside };
  }
  const last = checked.reduce<CheckedDisclosure | undefined>(
    (late, one) => (late !== undefined && late.leaf.time > one.leaf.time ? late : one),
    undefined,
  );
  const since = last === undefined ? {} : { since: rfc3339(last.leaf.time) };
  return { checks: [entries, check('inclusion.proved')], checked, ...since };
}

/** The first entry that does not stand under the head of its log. */
function notIncluded(
  sha256: Tools['sha256'],
  evidence: Evidence,
  checked: readonly CheckedDisclosure[],
): Place | undefined {
  const heads = new Map(evidence.logs.map(({ origin, head }) => [origin, head]));
  for (const [i, { entry, proof, size }] of evidence.entries.entries()) {
    const { leafHash } = checked[i]!;
    const { root } = heads.get(entry.log)!; // reading has held every entry to a log that is named, at its head's size
    const claim = { leafHash, index: entry.index, size, proof: proof.map(fromBase64), root };
    const refusal = refusing(() => verifyInclusion(sha256, claim));
    if (refusal instanceof Refusal) return { log: entry.log, index: entry.index, what: 'proof' };
  }
  return undefined;
}

/** Runs a check whose refusal is an answer. */
export function refusing<T>(run: () => T): T | Refusal {
  try {
    return run();
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal;
    throw refusal;
  }
}

/**
 * Is the bundle the one that the house entered? Its `bundle.made` entry fixes the other entries and what is shown of
 * them; without it an entry could have been left out, and nobody could tell.
 */
export function checkWhole({ sha256 }: Tools, evidence: Evidence, checked: readonly CheckedDisclosure[]): Finding {
  const { bundle } = evidence;
  if (bundle === undefined) return { checks: [] };
  const own = checked.flatMap((entry, i) => {
    const fields = organisationOf(entry);
    return fields.get('kind') === 'bundle.made' && fields.get('bundle') === bundle.id ? [{ i, fields }] : [];
  });
  const [made] = own;
  if (made === undefined) return { checks: [check('whole.unchecked')] };
  const others = evidence.entries.filter((_, i) => i !== made.i).map(({ entry }) => entry);
  const expected = bundleFields(sha256, { ...bundle, entries: others });
  const same =
    own.length === 1 && canonicalJson(made.fields.get('entries') ?? null) === canonicalJson(expected.entries!);
  return same ? { checks: [whole(others.length)] } : { checks: [check('whole.failed')], place: { what: 'whole' } };
}

const whole = (entries: number): Check => check('whole.proved', { entries });

const organisationOf = ({ opened }: CheckedDisclosure) =>
  new Map(opened.filter(({ slot }) => slot === SLOTS.organisation).map(({ name, value }) => [name, value]));
