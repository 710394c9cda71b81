/** One entry of each shape, out of a seed. */
import {
  type Draft,
  type LedgerTools,
  leafBytes,
  type PadClass,
  type PreparedEntry,
  prepareEntry,
} from '@visor/ledger';
import { type Bytes, instant, type JsonObject } from '@visor/record';
import { seeded, toolsWith } from './tools.ts';

export const AT = instant(1_767_225_600_000); // 2026-01-01

export interface Sample {
  readonly tools: LedgerTools;
  readonly draft: Draft;
  readonly prepared: PreparedEntry;
  readonly leaf: Bytes;
  readonly seeds: readonly Bytes[]; // by slot
}

export const ORGANISATION: JsonObject = {
  act: 'act_one',
  at: '2026-01-01T00:00:00.000Z',
  by: 'key_one',
  role: 'api',
  producer: 'aa:1',
  voids: null,
};
const VERIFIED: JsonObject = {
  ...{ person: 'per_one', verification: 'ver_one', purpose: 'login', consent: 'con_one', decision: 'accept' },
  ...{ reasons: [], score_band: '0.6-0.7', presence: 'not checked', threshold: 0.42, model: 'model-1' },
};
const CONSENT: JsonObject = {
  person: 'per_one',
  consent: 'con_one',
  purpose: 'login',
  notice: 'n1',
  level: 'asserted',
};

/** An entry with an organisation's, a subject's and an actor's group. */
export function sample(seed = 1, kind: 'consent.given' | 'verification.decided' = 'consent.given'): Sample {
  const random = seeded(seed);
  const tools = toolsWith(random);
  const seeds = Array.from({ length: 8 }, () => random(32));
  const draft: Draft = {
    kind,
    id: random(16),
    groups: [
      { slot: 0, seed: seeds[0]!, values: ORGANISATION },
      { slot: 1, seed: seeds[1]!, values: kind === 'consent.given' ? CONSENT : VERIFIED },
      { slot: 2, seed: seeds[2]!, values: { name: 'Li Hua', device: null } },
    ],
    tags: {},
  };
  const prepared = prepareEntry(tools, draft);
  const { padClass, fieldRoot } = prepared;
  return { tools, draft, prepared, seeds, leaf: leafBytes({ time: AT, granularity: 0, padClass, fieldRoot }) };
}

export const classOf = ({ prepared }: Sample): PadClass => prepared.padClass;
