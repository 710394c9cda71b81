import { parseAnchorCard } from '@visor/ledger';
import { type Bytes, type JsonObject, text } from '@visor/record';
import {
  type Anchors,
  type Check,
  compareReceipts,
  type FraudProof,
  fraudBytes,
  isLikeFraudProof,
  type Language,
  type Place,
  sentence,
  verifyFile,
  verifyFraudProof,
  visible,
  whereOf,
} from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { VERIFY_WORDS } from './verify-words.ts';

export interface VerifyWishes {
  /** One file, a bundle, a receipt or a fraud proof; or two that are held against each other. */
  readonly files: readonly [file: string, other?: string];
  readonly trust?: string; // file with the reader's own anchor card
  readonly head?: string; //  file with a signed head that the reader holds
  readonly json: boolean;
  readonly language: Language;
  /** @throws Refusal `file.unreadable`, `file.too-large` */
  readonly read: (file: string) => Promise<Bytes>;
  readonly say: (line: string) => void;
  /** Keeps a proof of fraud that was found, and answers where it is; without it the proof is only in the document. */
  readonly keep: (fraud: Bytes) => Promise<string>;
}

/** UNCHANGED and AGREE 0, CHANGED and CONTRADICT 1, CANNOT TELL 3. */
export type VerifyExit = 0 | 1 | 3;

const EXITS = { UNCHANGED: 0, AGREE: 0, CHANGED: 1, CONTRADICT: 1, 'CANNOT TELL': 3 } as const;

interface Found {
  readonly verdict: keyof typeof EXITS;
  readonly checks: readonly Check[];
  readonly since?: string;
  readonly where?: string;
  readonly place?: Place;
  readonly fraud?: FraudProof;
}

/**
 * Checks files offline and says what was found, check by check, in words or as one JSON document.
 * @throws Refusal when a file cannot be read, is none of the kinds, or the anchor is no anchor: exit code 3
 */
export async function verifyCommand(wishes: VerifyWishes): Promise<VerifyExit> {
  const anchors = await anchorsOf(wishes);
  const [first, second] = wishes.files;
  const bytes = await wishes.read(first);
  const found = second === undefined ? checkOne(bytes, anchors) : compare([bytes, await wishes.read(second)], anchors);
  const kept = found.fraud === undefined ? undefined : await wishes.keep(fraudBytes(found.fraud));
  if (wishes.json) wishes.say(JSON.stringify(documentOf(found, kept), null, 2));
  else for (const line of linesOf(found, wishes, kept)) wishes.say(line);
  return EXITS[found.verdict];
}

async function anchorsOf({ trust, head, read }: VerifyWishes): Promise<Anchors> {
  return {
    ...(trust === undefined ? {} : { trust: parseAnchorCard(nodeTools.sha256, text(await read(trust))) }),
    ...(head === undefined ? {} : { head: text(await read(head)) }),
  };
}

function checkOne(bytes: Bytes, anchors: Anchors): Found {
  return isLikeFraudProof(bytes) ? verifyFraudProof(nodeTools, bytes, anchors) : verifyFile(nodeTools, bytes, anchors);
}

function compare(both: readonly [Bytes, Bytes], { trust }: Anchors): Found {
  return compareReceipts(nodeTools, both, trust === undefined ? {} : { trust });
}

function documentOf({ verdict, since, where, checks }: Found, kept: string | undefined): JsonObject {
  return {
    verdict,
    ...(since === undefined ? {} : { since }),
    ...(where === undefined ? {} : { where }),
    ...(kept === undefined ? {} : { fraud: kept }),
    checks: checks.map(({ name, result, says }) => ({ name, result, says })),
  };
}

const MARKS = { proved: '+', failed: '!', 'cannot be checked': '?' } as const;

function linesOf(
  { verdict, since, place, checks }: Found,
  { language, trust }: VerifyWishes,
  kept: string | undefined,
): string[] {
  const words = VERIFY_WORDS[language];
  const sinceWhen = verdict === 'UNCHANGED' && since !== undefined ? ` ${words.since(since)}` : '';
  const lines = [words.verdict[verdict] + sinceWhen];
  if (place !== undefined) lines.push(words.where(whereOf(language, place)));
  for (const { key, facts, result } of checks) lines.push(`  ${MARKS[result]} ${sentence(language, key, facts)}`);
  if (verdict === 'UNCHANGED') lines.push(words.meaning);
  if (verdict === 'CANNOT TELL' && trust === undefined) lines.push(words.anchor);
  if (kept !== undefined) lines.push(words.fraud(visible(kept)));
  return lines;
}
