/** The keeper's operations as functions, over whatever carries them. */
import type { LogHead, SignedHead, Signer } from '@visor/ledger';
import { type Bytes, type Instant, instant } from '@visor/record';
import type { Keeper } from '@visor/vault';
import { MOST_BACKUP } from './backups.ts';
import * as shape from './shape.ts';
import type { Wire } from './wire.ts';

export interface KeeperPort extends Keeper, Signer {
  backup(of: { expires: Instant }): Promise<Bytes>;
  readBack(of: {
    bytes: Bytes;
  }): Promise<{ readonly expires: Instant; readonly sites: number; readonly known: boolean }>;
  /** The key that heads are signed with and the one that tags are made with. */
  publicKeys(): Promise<{ readonly log: Bytes; readonly filing: Bytes }>;
  /** The key that a site's decisions and counts are signed with. */
  decisionKey(site: string): Promise<Bytes>;
}

export type Carry = (operation: string, args: Wire) => Promise<Wire>;

const word = shape.words(/^/, 20_000);
const whole = shape.whole(0, Number.MAX_SAFE_INTEGER);
const key = shape.bytes(32);
const wrap = shape.bytes(60);
const at: shape.Reader<Instant> = (value, place) => instant(whole(value, place));
const nothing: shape.Reader<void> = () => undefined;

const ANSWER = {
  site: shape.members({ generation: whole, organisation: wrap, decisionKey: key }),
  person: shape.members({
    ...{ generation: whole, serial: whole, keyId: shape.bytes(16), tag: key },
    ...{ wrap, group: wrap, filing: wrap },
  }),
  group: shape.members({ generation: whole, wrap }),
  seeds: shape.members({ entry: shape.bytes(16), seeds: shape.list(key, 5) }),
  keys: shape.list(key, 1000),
  release: shape.members({
    number: shape.members({ boot: word, count: whole }),
    ...{ purposeKey: key, rotationKey: key },
  }),
  opening: shape.members({ number: shape.members({ boot: word, count: whole }), pictureKey: key }),
  rekeyed: shape.members({
    ...{ generation: whole, serial: whole, keyId: shape.bytes(16) },
    ...{ wrap, group: wrap, filing: wrap, secrets: shape.list(wrap, 10_000) },
  }),
  generations: shape.list(
    shape.members({
      ...{ generation: whole, begun: at, current: shape.yesNo },
      lastKeyBackup: (value: unknown, place: string) => (value === null ? null : at(value, place)),
    }),
    8,
  ),
  rewrapped: shape.members({ generation: whole, wraps: shape.list(shape.bytes(0, 60), 10_000) }),
  counts: shape.list(
    shape.members({
      ...{ site: word, minute: whole, released: whole, boot: word, first: whole, last: whole },
      numbers: shape.list(whole, 10_000),
      signature: shape.bytes(64),
    }),
    1_000_000,
  ),
  readBack: shape.members({ expires: at, sites: whole, known: shape.yesNo }),
  publicKeys: shape.members({ log: key, filing: key }),
  heads: shape.list(shape.members({ origin: word, size: whole, root: key }), 1_000_000),
  signed: shape.list(shape.members({ origin: word, size: whole, root: key, note: word }), 100_000),
} as const;

export function keeperCalls(carry: Carry): KeeperPort {
  const ask = async <T>(operation: string, args: unknown, read: shape.Reader<T>): Promise<T> =>
    // The ports' arguments are read-only data that the wire writes whole; it refuses anything else when handed it.
    read(await carry(operation, args as Wire), operation);
  return {
    makeSite: (of) => ask('makeSite', of, ANSWER.site),
    makePerson: (of) => ask('makePerson', of, ANSWER.person),
    makeConsent: (of) => ask('makeConsent', of, wrap),
    makeGroupKey: (of) => ask('makeGroupKey', of, ANSWER.group),
    writeSeeds: (of) => ask('writeSeeds', of, ANSWER.seeds),
    readSeeds: (of) => ask('readSeeds', of, ANSWER.keys),
    release: (of) => ask('release', of, ANSWER.release),
    wrapPicture: (of) => ask('wrapPicture', of, wrap),
    releaseForOpening: (of) => ask('releaseForOpening', of, ANSWER.opening),
    rekeyPerson: (of) => ask('rekeyPerson', of, ANSWER.rekeyed),
    burn: (of) => ask('burn', of, nothing),
    lookupMark: (of) => ask('lookupMark', of, key),
    signDecision: (of) => ask('signDecision', of, shape.bytes(64)),
    generations: (site) => ask('generations', { site }, ANSWER.generations),
    switchGeneration: (site) => ask('switchGeneration', { site }, whole),
    rewrap: (of) => ask('rewrap', of, ANSWER.rewrapped),
    endGeneration: (of) => ask('endGeneration', of, nothing),
    counts: () => ask('counts', {}, ANSWER.counts),
    showCount: (of) => ask('showCount', of, nothing),
    backup: (of) => ask('backup', of, shape.bytes(1, MOST_BACKUP)),
    readBack: (of) => ask('readBack', of, ANSWER.readBack),
    publicKeys: () => ask('publicKeys', {}, ANSWER.publicKeys),
    decisionKey: (site) => ask('decisionKey', { site }, key),
    sign: (batch): Promise<readonly SignedHead[]> => ask('sign', batch, ANSWER.signed),
    heads: (): Promise<readonly LogHead[]> => ask('heads', {}, ANSWER.heads),
    sync: () => ask('sync', {}, nothing),
  };
}
