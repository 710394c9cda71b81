import { type Damage, findDamage, isLikeBundle, readBundle, readDamagedEntries } from '@visor/case/bundle';
import { checkDisclosure } from '@visor/ledger';
import { type Bytes, Refusal } from '@visor/record';
import { type Anchors, readerHeads } from './anchors.ts';
import { checkEntries, checkWhole, refusing } from './entries.ts';
import { type Evidence, evidenceOfBundle, isLikeReceipt, readReceipt } from './evidence.ts';
import { checkEarlier, checkHouse, checkOrigins, checkReaderHeads, checkSignatures } from './heads.ts';
import { type Place, placeOfDamage, whereOf } from './place.ts';
import { type Check, check, type Finding, type Report, type Tools, verdictOf } from './report.ts';

/**
 * Says whether the records in a bundle were altered since their head was signed. Needs no network and nobody's word
 * but the reader's own anchors.
 *
 * @param bytes    The file, whoever sent it.
 * @param anchors  What the reader holds of the house by another way. Without any the best verdict is CANNOT TELL.
 * @returns        A damaged bundle is CHANGED with a place, never an error.
 * @throws Refusal `bundle.container` when the file is no bundle at all, `bundle.size`, `bundle.newer`, `bundle.trust`
 *         when the reader's head is no note or not signed by the key on the reader's card
 * @cost   Linear in the bytes: about one signature a head, 2^class hashes a shown group, 2 log2(size) hashes an entry.
 */
export const verify = (tools: Tools, bytes: Bytes, anchors: Anchors = {}): Report =>
  examineBundle(tools, bytes, anchors).report;

/**
 * The same for a single receipt. Its layout as text does not count, only what it says.
 * @throws Refusal `receipt.shape` when the file is no receipt at all, `bundle.trust`
 */
export const verifyReceipt = (tools: Tools, bytes: Bytes, anchors: Anchors = {}): Report =>
  examineReceipt(tools, bytes, anchors).report;

/** A bundle or a receipt, whichever the file is: a receipt is JSON and so begins with `{`. */
export const verifyFile = (tools: Tools, bytes: Bytes, anchors: Anchors = {}): Report =>
  examine(tools, bytes, anchors).report;

/** The report, and what was read when the file holds together as a file. */
export interface Examined {
  readonly report: Report;
  readonly evidence?: Evidence;
}

export function examine(tools: Tools, bytes: Bytes, anchors: Anchors): Examined {
  const first = bytes.find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === 0x7b ? examineReceipt(tools, bytes, anchors) : examineBundle(tools, bytes, anchors);
}

function examineBundle(tools: Tools, bytes: Bytes, anchors: Anchors): Examined {
  const evidence = bundleOrDamage(tools, bytes);
  if ('place' in evidence) return { report: damaged(check('container.failed'), evidence.place) };
  return { report: verifyEvidence(tools, evidence, anchors), evidence };
}

function examineReceipt(tools: Tools, bytes: Bytes, anchors: Anchors): Examined {
  const evidence = receiptOrDamage(bytes);
  if (evidence === undefined) return { report: damaged(check('shape.failed'), { what: 'shape' }) };
  return { report: verifyEvidence(tools, evidence, anchors), evidence };
}

function bundleOrDamage({ sha256 }: Tools, bytes: Bytes): Evidence | { readonly place: Place } {
  try {
    return evidenceOfBundle(readBundle(sha256, bytes));
  } catch (cause) {
    if (!(cause instanceof Refusal) || !DAMAGE.has(cause.code)) throw cause;
    if (!isLikeBundle(bytes)) throw new Refusal('bundle.container', { what: 'no bundle' }, { cause });
    const place = placeOfDamage(bytes, findDamage(sha256, bytes) ?? stated(cause));
    return { place: { ...firstWrongEntry(sha256, bytes, place), ...place } };
  }
}

const DAMAGE: ReadonlySet<string> = new Set(['bundle.container', 'bundle.manifest']);

/** Where the reader stopped: the container is in order, so the damage is in what its files say. */
function stated({ facts }: Refusal): Damage {
  const file = typeof facts.file === 'string' ? facts.file : 'manifest.json';
  return { byte: typeof facts.at === 'number' ? facts.at : 0, file };
}

/** When more than a byte of the entries is damaged, the first entry that does not lead to its leaf any more. */
function firstWrongEntry(sha256: Tools['sha256'], bytes: Bytes, place: Place): Place {
  if (place.file !== 'entries.json' || place.index !== undefined) return {};
  const entries = readDamagedEntries(bytes) ?? [];
  const wrong = entries.find(({ entry }) => refusing(() => checkDisclosure(sha256, entry)) instanceof Refusal);
  return wrong === undefined ? {} : { log: wrong.entry.log, index: wrong.entry.index };
}

function receiptOrDamage(bytes: Bytes): Evidence | undefined {
  try {
    return readReceipt(bytes);
  } catch (cause) {
    if (cause instanceof Refusal && cause.code === 'receipt.shape' && isLikeReceipt(bytes)) return undefined;
    throw cause;
  }
}

const damaged = (failed: Check, place: Place): Report => {
  const checks = [failed, check('entries.unchecked'), check('inclusion.unchecked')];
  return { verdict: verdictOf(checks), where: whereOf('en', place), place, entries: 0, checks };
};

function verifyEvidence(tools: Tools, evidence: Evidence, anchors: Anchors): Report {
  const { held, foreign } = readerHeads(tools, anchors, evidence);
  const entries = checkEntries(tools, evidence);
  const signed = checkSignatures(tools, evidence, anchors);
  const house = checkHouse(tools, evidence, { trust: anchors.trust, held });
  const earlier = checkEarlier(tools, evidence);
  const findings: Finding[] = [entries, signed, house, checkOrigins(evidence, anchors), earlier];
  // a head is compared with a file that holds together under a key; else what it proves is not known
  const sound = findings.every(({ place }) => place === undefined);
  const key = evidence.key ?? anchors.trust?.publicKey;
  const linked =
    sound && entries.checked
      ? checkReaderHeads(tools, evidence, { held, foreign, checked: entries.checked, key })
      : undefined;
  const whole = entries.checked === undefined ? { checks: [] } : checkWhole(tools, evidence, entries.checked);
  const said = [check('time.unchecked', {}, false), check('others.unchecked', {}, false)];
  const all: Finding[] = [...findings, ...(linked === undefined ? [] : [linked]), whole];
  const before = evidence.bundle === undefined ? [] : [check('container.proved')];
  const checks = [...before, ...all.flatMap((finding) => finding.checks), ...said];
  const place = all.find((finding) => finding.place !== undefined)?.place;
  const verdict = verdictOf(checks);
  return {
    verdict,
    ...(verdict !== 'CHANGED' && entries.since !== undefined ? { since: entries.since } : {}),
    ...(place === undefined ? {} : { where: whereOf('en', place), place }),
    entries: evidence.entries.length,
    checks,
    ...(linked?.fraud === undefined ? {} : { fraud: linked.fraud }),
  };
}
