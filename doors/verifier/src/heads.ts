import { type CheckedDisclosure, verifyConsistency } from '@visor/ledger';
import { type Bytes, equalBytes, fromBase64, Refusal } from '@visor/record';
import { type Anchors, isSignedBy, type ReaderHead } from './anchors.ts';
import { refusing } from './entries.ts';
import type { Evidence, EvidenceLog } from './evidence.ts';
import { compareTestimonies, type FraudProof, fraudProof, type Testimony } from './fraud.ts';
import { addStep, rangesOfHead } from './ranges.ts';
import { type Check, check, type Finding, type Tools } from './report.ts';

/** Are the heads signed by the key that the file names, or for a receipt, which names none, by the reader's? */
export function checkSignatures(tools: Tools, evidence: Evidence, { trust }: Anchors): Finding {
  const key = evidence.key ?? trust?.publicKey;
  if (key === undefined) return { checks: [check('signature.unchecked', {}, false)] }; // what decides is `house`
  for (const { origin, note, earlier } of evidence.logs) {
    if ([note, ...earlier.map((head) => head.note)].every((head) => isSignedBy(tools, head, key))) continue;
    const failed = check(evidence.key === undefined ? 'signature.card.failed' : 'signature.failed', { log: origin });
    return { checks: [failed], place: { what: 'signature', log: origin } };
  }
  return { checks: [check(evidence.key === undefined ? 'signature.card.proved' : 'signature.proved')] };
}

/** Is that key the one that the reader knows the house by? */
export function checkHouse(
  tools: Tools,
  evidence: Evidence,
  { trust, held }: { trust: Anchors['trust']; held: readonly ReaderHead[] },
): Finding {
  const place = { what: 'signature', log: evidence.logs[0]!.origin } as const;
  const { key } = evidence;
  if (trust !== undefined) {
    if (key === undefined) return { checks: [] }; // the signature was checked under the reader's key itself
    if (equalBytes(key, trust.publicKey)) return { checks: [check('house.card.proved')] };
    return { checks: [check('house.card.failed')], place };
  }
  const [head] = held;
  if (head === undefined) return { checks: [check('house.unchecked')] };
  if (key === undefined) return { checks: [] }; // a receipt and a head: what decides is whether the one leads to the other
  if (isSignedBy(tools, head.note, key)) return { checks: [check('house.head.proved')] };
  return { checks: [check('house.head.failed')], place };
}

/** Are the logs among those that the reader's card names? A prefix ends at a `/`, so `…/a` does not cover `…/ab`. */
export function checkOrigins(evidence: Evidence, { trust }: Anchors): Finding {
  if (trust === undefined) return { checks: [] };
  const { prefix } = trust;
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  const outside = evidence.logs.find(({ origin }) => origin !== prefix && !origin.startsWith(folder));
  if (outside === undefined) return { checks: [check('origin.proved', { prefix })] };
  return { checks: [check('origin.unchecked', { log: outside.origin, prefix })] };
}

/** Do the heads that were given out before lead to the head in the file? */
export function checkEarlier({ sha256 }: Tools, { logs }: Evidence): Finding {
  for (const { origin, head, earlier } of logs) {
    for (const { head: before, proof } of earlier) {
      const claim = { from: before.size, to: head.size, proof, fromRoot: before.root, toRoot: head.root };
      const refusal = refusing(() => verifyConsistency(sha256, claim));
      if (!(refusal instanceof Refusal)) continue;
      const facts = { log: origin, size: before.size };
      return { checks: [check('earlier.failed', facts)], place: { ...facts, what: 'head' } };
    }
  }
  const heads = logs.reduce((sum, { earlier }) => sum + earlier.length, 0);
  return { checks: heads === 0 ? [] : [check('earlier.proved', { heads })] };
}

/** Everything that a file proves about one of its logs. The entries and earlier heads were checked before. */
export function testimonyOf(
  { sha256 }: Tools,
  { head, note, earlier, origin }: EvidenceLog,
  { evidence, checked }: { evidence: Evidence; checked: readonly CheckedDisclosure[] },
): Testimony {
  const ranges = rangesOfHead(head);
  for (const { head: before, proof } of earlier) {
    addStep(sha256, ranges, { head, step: { kind: 'consistency', from: before.size, fromRoot: before.root, proof } });
  }
  for (const [i, { leafHash }] of checked.entries()) {
    const { entry, proof } = evidence.entries[i]!;
    if (entry.log !== origin) continue;
    addStep(sha256, ranges, {
      head,
      step: { kind: 'inclusion', index: entry.index, leafHash, proof: proof.map(fromBase64) },
    });
  }
  return { note, head, ranges };
}

interface Linking {
  readonly held: readonly ReaderHead[];
  readonly foreign: string | undefined;
  readonly checked: readonly CheckedDisclosure[];
  readonly key: Bytes | undefined; // that the heads in the file were found to be signed by
}

/** Do the reader's heads lead to those in the file, or contradict them? */
export function checkReaderHeads(
  tools: Tools,
  evidence: Evidence,
  { held, foreign, checked, key }: Linking,
): Finding & { readonly fraud?: FraudProof } {
  const checks: Check[] = foreign === undefined ? [] : [check('head.foreign.unchecked', { log: foreign })];
  const testimonies = new Map<string, Testimony>();
  for (const { origin, size, root, note } of held) {
    const log = evidence.logs.find((candidate) => candidate.origin === origin)!; // `held` has only heads of these logs
    const ours = testimonies.get(origin) ?? testimonyOf(tools, log, { evidence, checked });
    testimonies.set(origin, ours);
    const head = { size, root };
    const standing = compareTestimonies(tools.sha256, { note, head, ranges: rangesOfHead(head) }, ours);
    const facts = { log: origin, size };
    if (standing.stands === 'contradict') {
      const fraud = key === undefined ? {} : { fraud: fraudProof({ origin, key }, standing, [note, log.note]) };
      return { checks: [check('head.failed', facts)], place: { ...facts, what: 'head' }, ...fraud };
    }
    // an unsigned head may be the reader's with something of a forger's behind it: it carries no entry past the reader's
    const covered = key !== undefined || evidence.entries.every(({ entry }) => entry.index < size);
    if (standing.stands === 'agree' && covered) checks.push(check('head.proved', facts));
    else checks.push(check(size > log.head.size ? 'head.newer.unchecked' : 'head.unchecked', facts));
  }
  return { checks };
}
