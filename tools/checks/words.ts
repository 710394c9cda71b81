/** Looks through everything that is committed for words that must not be there. */
import type { Breach, SourceFile } from './plan.ts';

export interface Banned {
  readonly what: string;
  readonly pattern: RegExp;
  /** Where it may stand all the same. */
  readonly except?: RegExp;
}

/** Put together from pieces, so that this file does not hold what it looks for. */
const words = (...pieces: readonly string[]): RegExp => new RegExp(`\\b(?:${pieces.join('|')})\\b`, 'i');
const slash = '/';

export const BANNED: readonly Banned[] = [
  {
    what: 'a path of one machine',
    pattern: new RegExp(`(?<![\\w.~-])${slash}(?:work|root|home|Users|tmp|var${slash}tmp)${slash}[\\w.-]`),
  },
  {
    what: 'a registry host',
    pattern: new RegExp(['registry\\.npm', 'js\\.org|registry\\.yarn', 'pkg\\.com|npm', 'mirror\\.com'].join('')),
  },
  { what: 'a resolved address in a lock file', pattern: new RegExp(`"resolved": *"ht${'tp'}`) },
  { what: 'a debt without an end', pattern: new RegExp(`\\b(?:TO${'DO'}|FIX${'ME'}|HA${'CK'}|XX${'X'})\\b`) },
  { what: 'the number of a work item', pattern: words(`issue${' '}#?\\d+`, `ticket${' '}#?\\d+`) },
  {
    what: 'the name of a program that writes programs',
    pattern: words(`cla${'ude'}`, `anthro${'pic'}`, `copi${'lot'}`, `chat${'gpt'}`, `open${'ai'}`, `sub${'agent'}s?`),
  },
  { what: 'a private key', pattern: new RegExp(`-----BEGIN (?:[A-Z]+ )?PRIVATE ${'KEY'}-----`) },
  { what: 'a merge left half done', pattern: /^(?:<{7}|>{7}) /m },
];

export function breachesOfWords({ path, source }: SourceFile): Breach[] {
  const breaches: Breach[] = [];
  for (const [at, line] of source.split('\n').entries()) {
    for (const { what, pattern, except } of BANNED) {
      if (pattern.test(line) && !except?.test(path)) breaches.push({ file: path, line: at + 1, says: what });
    }
  }
  return breaches;
}
