/** What the server hands a keeper that it starts, and what the keeper says about its start. */
import { Fault, parseJson, Refusal } from '@visor/record';
import { factsOf, isRefusalCode } from './message.ts';
import * as shape from './shape.ts';

export const SOCKET = 'keeper.sock';

/** Comes as one frame over file descriptor 3. That the descriptor closes means that the server is gone. */
export const ORDERS = shape.members({
  token: shape.bytes(32),
  folder: shape.words(/^\//, 4096),
  house: shape.words(/^[!-~]{1,128}$/, 128),
  create: shape.yesNo,
  uid: (value: unknown, at: string) => (value === null ? null : shape.whole(1, 2 ** 31)(value, at)),
});
export type Orders = shape.Read<typeof ORDERS>;

export interface Begun {
  /** Whether the keeper has a user of its own, so that the server's user cannot read its folder or its memory. */
  readonly alone: boolean;
  readonly says: readonly string[];
}

/** One line on standard output. */
export const begunLine = (begun: Begun): string => `${JSON.stringify({ begun })}\n`;

export function notBegunLine(error: unknown): string {
  if (error instanceof Refusal) return `${JSON.stringify({ refused: error.code, facts: error.facts })}\n`;
  if (error instanceof Fault) return `${JSON.stringify({ fault: error.message, facts: error.facts })}\n`;
  throw error;
}

const BEGUN = shape.members({
  begun: shape.members({ alone: shape.yesNo, says: shape.list(shape.words(/^/, 500), 10) }),
});

const NOT_BEGUN = shape.members({ facts: shape.jsonObject, refused: shape.words(/^/, 100) });
const FAULT = shape.members({ facts: shape.jsonObject, fault: shape.words(/^/, 500) });

/** @throws Refusal or Fault as the keeper said it; Refusal `request.body` or `record.json` for any other line */
export function readBegun(line: string): Begun {
  const said = shape.jsonObject(parseJson(line), 'begun');
  if ('begun' in said) return BEGUN(said, 'begun').begun;
  if ('fault' in said) {
    const { fault, facts } = FAULT(said, 'fault');
    throw new Fault('keeper', fault, factsOf(facts));
  }
  const { refused, facts } = NOT_BEGUN(said, 'refused');
  if (!isRefusalCode(refused)) throw new Refusal('request.body', { at: 'refused' });
  throw new Refusal(refused, factsOf(facts));
}
