import type { EntryDisclosure } from '@visor/ledger';
import { type Bytes, base64, canonicalBytes, type Id, idOf, instant, type Json, type JsonObject } from '@visor/record';
import { type BundleLog, buildBundle, bundleFields, type Contents } from '../bundle/index.ts';
import { seededWhole } from './chance.ts';
import {
  consistencyOf,
  disclose,
  enter,
  headOf,
  proveEntry,
  type Show,
  type SmallHouse,
  START,
} from './small-house.ts';

export interface Wanted {
  readonly origin: string; // where the bundle itself is entered
  readonly shown: readonly EntryDisclosure[];
  readonly earlier?: Readonly<Record<string, readonly number[]>>; // sizes of heads given out before, by origin
}

/** The contents of a bundle as a house makes it: its own `bundle.made` entered, everything under the present heads. */
export function makeContents(house: SmallHouse, { origin, shown, earlier = {} }: Wanted): Contents {
  const id: Id<'bnd'> = idOf('bnd', house.tools.random(16));
  const made = instant(START + 3_600_000);
  const fields = bundleFields(house.tools.sha256, { id, made, entries: shown });
  const index = enter(house, origin, { kind: 'bundle.made', groups: { 0: fields } });
  const all = [...shown, disclose(house, origin, { index, show: { 0: ['kind', 'bundle', 'entries'] } })];
  const logs = [...new Set(all.map(({ log }) => log))].map((log): BundleLog => {
    const heads = (earlier[log] ?? []).map((size) => {
      return { head: headOf(house, log, size), proof: consistencyOf(house, log, size) };
    });
    return { origin: log, head: headOf(house, log), earlier: heads };
  });
  return { id, made, key: house.publicKey, logs, entries: all.map((entry) => proveEntry(house, entry)) };
}

export const makeBundle = (house: SmallHouse, wanted: Wanted): Bytes =>
  buildBundle(house.tools.sha256, makeContents(house, wanted));

/** The receipt of an entry as the house hands it out, under the present head. */
export function makeReceipt(house: SmallHouse, entry: EntryDisclosure): Bytes {
  const { proof, size } = proveEntry(house, entry);
  const receipt = { visor: 'receipt/1', entry, proof, size, checkpoint: headOf(house, entry.log) };
  return canonicalBytes(receipt as unknown as Json); // a disclosure holds JSON values only, which its interface cannot say
}

const KINDS_OF_A_DAY = ['consent.given', 'face.enrolled', 'verification.decided', 'verification.decided'] as const;
/** Everything; the subject whole and the act's role; the subject with the person withheld. */
const SHOWN: readonly Show[] = [
  { 0: 'all', 1: 'all', 2: 'all' },
  { 0: ['kind', 'role'], 1: 'all' },
  { 1: ['kind', 'purpose', 'decision', 'consent'] },
];

/** Enters the acts of a day, consents, enrolments and verifications; returns what a bundle would show of them. */
export function liveIn(house: SmallHouse, origin: string, acts: number): readonly EntryDisclosure[] {
  const whole = seededWhole(`acts ${base64(house.tools.random(8))}`);
  return Array.from({ length: acts }, (_, i) => {
    const kind = KINDS_OF_A_DAY[i % KINDS_OF_A_DAY.length]!;
    const person = idOf('per', house.tools.random(16));
    const subject: JsonObject =
      kind === 'verification.decided'
        ? {
            person,
            purpose: 'door',
            decision: whole(2) === 0 ? 'accept' : 'refuse',
            threshold: 0.4 + whole(100) / 1000,
          }
        : { person, consent: idOf('con', house.tools.random(16)), purpose: 'door' };
    const organisation = { act: idOf('act', house.tools.random(16)), role: 'operator' };
    const actor = { name: `operator ${whole(9)}`, device: null };
    const index = enter(house, origin, { kind, groups: { 0: organisation, 1: subject, 2: actor } });
    return disclose(house, origin, { index, show: SHOWN[i % SHOWN.length]! });
  });
}
