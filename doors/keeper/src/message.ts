/** What goes over the socket: a greeting, then questions with a running number and answers in any order. */
import { type Facts, Fault, REFUSALS, Refusal, type RefusalCode } from '@visor/record';
import * as shape from './shape.ts';
import type { Wire } from './wire.ts';

export const PROTOCOL = 1;

export const GREETING = shape.members({ protocol: shape.whole(0, 1000), token: shape.bytes(32) });

const word = shape.words(/^/, 4096);
const anything: shape.Reader<Wire> = (value) => value as Wire; // `decode` makes nothing else

export const QUESTION = shape.members({
  number: shape.whole(0, Number.MAX_SAFE_INTEGER),
  operation: shape.words(/^[a-zA-Z]{1,32}$/, 32),
  args: anything,
});

const ANSWER = shape.members({
  number: shape.whole(0, Number.MAX_SAFE_INTEGER),
  outcome: shape.oneOf('done', 'refused', 'fault'),
  value: anything,
});
const FAILED = shape.members({ code: word, says: word, facts: shape.jsonObject });

export interface Answer {
  readonly number: number;
  readonly outcome: 'done' | 'refused' | 'fault';
  readonly value: Wire;
}

export const doneAnswer = (number: number, value: Wire): Answer => ({ number, outcome: 'done', value });

/** Refusals and faults are answers; anything else is a bug and ends the process. */
export function failedAnswer(number: number, error: unknown): Answer {
  if (error instanceof Refusal) {
    return { number, outcome: 'refused', value: { code: error.code, says: '', facts: error.facts } };
  }
  if (error instanceof Fault) {
    return { number, outcome: 'fault', value: { code: error.part, says: error.message, facts: error.facts } };
  }
  throw error;
}

/** The other side of `doneAnswer` and `failedAnswer`. */
export function readAnswer(value: Wire): { number: number; settle: () => Wire } {
  const answer = ANSWER(value, 'answer');
  return { number: answer.number, settle: () => settled(answer) };
}

function settled({ outcome, value }: Answer): Wire {
  if (outcome === 'done') return value;
  const { code, says, facts } = FAILED(value, 'answer');
  if (outcome === 'refused' && isRefusalCode(code)) throw new Refusal(code, factsOf(facts));
  throw new Fault('keeper', says, factsOf(facts));
}

export const isRefusalCode = (code: string): code is RefusalCode => Object.hasOwn(REFUSALS, code);

export const factsOf = (facts: { readonly [name: string]: unknown }): Facts =>
  Object.fromEntries(Object.entries(facts).flatMap(([name, fact]) => (isFact(fact) ? [[name, fact] as const] : [])));

const isFact = (fact: unknown): fact is string | number | boolean =>
  typeof fact === 'string' || typeof fact === 'number' || typeof fact === 'boolean';
