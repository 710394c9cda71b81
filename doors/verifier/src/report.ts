import type { VerifyEd25519 } from '@visor/ledger';
import type { Sha256 } from '@visor/record';
import type { FraudProof } from './fraud.ts';
import type { Place } from './place.ts';
import { type Key, sentence, type WordFacts } from './words.ts';

export interface Tools {
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
}

/**
 * UNCHANGED: the records were not altered since their head was signed. It never says that what they record is true.
 * CHANGED: something in the file contradicts a digest, a signature or what the reader holds; `where` names it.
 * CANNOT TELL: nothing contradicts, but something needed for an answer is missing.
 */
export type Verdict = 'UNCHANGED' | 'CHANGED' | 'CANNOT TELL';
export type Result = 'proved' | 'failed' | 'cannot be checked';

export interface Check {
  readonly name: string;
  readonly result: Result;
  readonly says: string; //      English; `sentence(language, key, facts)` says it in another
  readonly key: Key;
  readonly facts: WordFacts;
  readonly decides: boolean; // false: it is said so that nobody assumes it; no verdict hangs on it
}

export interface Report {
  readonly verdict: Verdict;
  readonly since?: string; // RFC 3339: the log time of the last entry shown, which its head was signed after
  readonly where?: string;
  readonly place?: Place;
  readonly entries: number;
  readonly checks: readonly Check[];
  readonly fraud?: FraudProof;
}

/** What one part of the work found; the place of the first failure. */
export interface Finding {
  readonly checks: readonly Check[];
  readonly place?: Place;
}

const RESULTS = { proved: 'proved', failed: 'failed', unchecked: 'cannot be checked' } as const;

/** A check; its name and result are the first and last part of its key: `house.card.proved`. */
export function check(key: Key, facts: WordFacts = {}, decides = true): Check {
  const parts = key.split('.');
  const result = RESULTS[parts.at(-1) as keyof typeof RESULTS]; // the table of words has no key that ends otherwise
  return { name: parts[0]!, result, says: sentence('en', key, facts), key, facts, decides };
}

/** One failure makes it CHANGED; one thing that decides and could not be checked makes it CANNOT TELL. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ result }) => result === 'failed')) return 'CHANGED';
  const open = checks.some(({ result, decides }) => decides && result !== 'proved');
  return open ? 'CANNOT TELL' : 'UNCHANGED';
}
