/**
 * A house small enough for a test: one Ed25519 key, logs in memory, entries made by the ledger's own code. Everything
 * comes out of a seed, so a bundle made here has the same bytes on every machine. The tree is by definition (RFC 6962,
 * section 2.1), remembered range by range, and written apart from the code that it checks.
 */
import { createCipheriv, createHmac, createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { type BundleEntry, type BundleLog, buildBundle, bundleFields, type Contents } from '@visor/case/bundle';
import {
  checkpointBody,
  type Draft,
  discloseGroup,
  type EntryDisclosure,
  type GroupDisclosure,
  type Kind,
  keyIdOf,
  type LedgerTools,
  leafBytes,
  leafHash,
  nodeHash,
  type PreparedEntry,
  prepareEntry,
  signedNote,
  writeAnchorCard,
} from '@visor/ledger';
import {
  type Bytes,
  base64,
  concat,
  type Id,
  type Instant,
  idOf,
  instant,
  type JsonObject,
  u32,
  utf8,
} from '@visor/record';

export const sha256 = (data: Bytes): Bytes => new Uint8Array(hash('sha256', data, 'buffer'));
const hmac = (key: Bytes, data: Bytes): Bytes => new Uint8Array(createHmac('sha256', key).update(data).digest());

/** Bytes that a seed fixes: for tests only. */
export function seeded(seed: string): (length: number) => Bytes {
  let drawn = 0;
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () => hmac(utf8(seed), u32(drawn++)));
    return concat(blocks).subarray(0, length);
  };
}

/** Whole numbers from 0 to before `most` (at most 2^32) that a seed fixes. */
export function seededWhole(seed: string): (most: number) => number {
  const random = seeded(seed);
  return (most) => new DataView(random(4).slice().buffer).getUint32(0) % most;
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410, before the 32 bytes of the key

interface Entry {
  readonly draft: Draft;
  readonly prepared: PreparedEntry;
  readonly leaf: Bytes;
}

export interface SmallLog {
  readonly origin: string;
  readonly entries: Entry[];
  readonly ranges: Map<string, Bytes>;
}

export interface SmallHouse {
  readonly publicKey: Bytes;
  readonly tools: LedgerTools;
  readonly logs: Map<string, SmallLog>;
  readonly privateKey: KeyObject;
}

export const START = Date.UTC(2026, 5, 1, 8, 0, 0);

export function smallHouse(seed: string): SmallHouse {
  const random = seeded(seed);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, random(32)]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const tools: LedgerTools = { sha256, hmac, random, seal, open: () => undefined };
  return { publicKey: new Uint8Array(spki.subarray(-32)), tools, privateKey, logs: new Map() };
}

function seal(key: Bytes, nonce: Bytes, plain: Bytes, aad: Bytes): Bytes {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function logOf(house: SmallHouse, origin: string): SmallLog {
  const held = house.logs.get(origin) ?? { origin, entries: [], ranges: new Map() };
  house.logs.set(origin, held);
  return held;
}

/** Enters an act; groups by slot. The entry's time is a second after the one before. */
export function enter(
  house: SmallHouse,
  origin: string,
  act: { kind: Kind; groups: Readonly<Record<number, JsonObject>> },
): number {
  const log = logOf(house, origin);
  const groups = Object.entries(act.groups).map(([slot, values]) => ({
    slot: Number(slot),
    seed: house.tools.random(32),
    values,
  }));
  const draft: Draft = { kind: act.kind, id: house.tools.random(16), groups, tags: {} };
  const prepared = prepareEntry(house.tools, draft);
  const time = instant(START + 1000 * log.entries.length);
  const leaf = leafBytes({ time, granularity: 0, padClass: prepared.padClass, fieldRoot: prepared.fieldRoot });
  log.entries.push({ draft, prepared, leaf });
  return log.entries.length - 1;
}

/** MTH(D[from:to]) of RFC 6962. */
function rangeHash(log: SmallLog, from: number, to: number): Bytes {
  const key = `${from}-${to}`;
  const known = log.ranges.get(key);
  if (known !== undefined) return known;
  const middle = from + splitOf(to - from);
  const made =
    to - from === 1
      ? leafHash(sha256, log.entries[from]!.leaf)
      : nodeHash(sha256, rangeHash(log, from, middle), rangeHash(log, middle, to));
  log.ranges.set(key, made);
  return made;
}

const splitOf = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

function pathOf(log: SmallLog, index: number, [from, to]: readonly [number, number]): Bytes[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return index < middle
    ? [...pathOf(log, index, [from, middle]), rangeHash(log, middle, to)]
    : [...pathOf(log, index, [middle, to]), rangeHash(log, from, middle)];
}

/** SUBPROOF(m, D[from:to], whole) of RFC 6962 section 2.1.2. */
function subproof(
  log: SmallLog,
  old: number,
  { from, to, whole }: { from: number; to: number; whole: boolean },
): Bytes[] {
  if (old === to) return whole ? [] : [rangeHash(log, from, to)];
  const middle = from + splitOf(to - from);
  return old <= middle
    ? [...subproof(log, old, { from, to: middle, whole }), rangeHash(log, middle, to)]
    : [...subproof(log, old, { from: middle, to, whole: false }), rangeHash(log, from, middle)];
}

/** The signed head of a log at a size, the present one if none is named. */
export function headOf(house: SmallHouse, origin: string, size?: number): string {
  const log = logOf(house, origin);
  const at = size ?? log.entries.length;
  const root = at === 0 ? sha256(new Uint8Array(0)) : rangeHash(log, 0, at);
  return signBody(house, origin, checkpointBody({ origin, size: at, root }));
}

export function signBody(house: SmallHouse, origin: string, body: string): string {
  const signature = new Uint8Array(sign(null, utf8(body), house.privateKey));
  return signedNote(body, { name: origin, keyId: keyIdOf(sha256, origin, house.publicKey), signature });
}

export const inclusionOf = (
  house: SmallHouse,
  origin: string,
  { index, size }: { index: number; size: number },
): readonly string[] => pathOf(logOf(house, origin), index, [0, size]).map(base64);

export const consistencyOf = (
  house: SmallHouse,
  origin: string,
  { from, to }: { from: number; to: number },
): readonly string[] =>
  from === 0 || from === to ? [] : subproof(logOf(house, origin), from, { from: 0, to, whole: true }).map(base64);

/** What to show of an entry: the slots named, all their fields or the ones listed; the others by root alone. */
export type Show = Readonly<Record<number, 'all' | readonly string[]>>;

export function disclose(
  house: SmallHouse,
  origin: string,
  { index, show }: { index: number; show: Show },
): EntryDisclosure {
  const { draft, prepared, leaf } = logOf(house, origin).entries[index]!;
  const groups = prepared.roots.map((root, slot): GroupDisclosure => {
    const group = draft.groups.find((one) => one.slot === slot);
    const shown = show[slot];
    if (group === undefined || shown === undefined) return { slot, root: base64(root) };
    return discloseGroup(house.tools, { ...group, kind: draft.kind, padClass: prepared.padClass, show: shown });
  });
  return { log: origin, index, id: base64(draft.id), leaf: base64(leaf), groups };
}

export interface Wanted {
  readonly origin: string; // where the bundle itself is entered
  readonly shown: readonly EntryDisclosure[];
  readonly earlier?: Readonly<Record<string, readonly number[]>>; // sizes of heads given out before, by origin
  readonly id?: Id<'bnd'>;
}

/** The contents of a bundle as the house makes it: its own `bundle.made` entered, everything under the present heads. */
export function makeContents(house: SmallHouse, { origin, shown, earlier = {}, id }: Wanted): Contents {
  const own = id ?? idOf('bnd', house.tools.random(16));
  const made: Instant = instant(START + 3_600_000);
  const values = { at: '2026-06-01T09:00:00.000Z', ...bundleFields(sha256, { id: own, made, entries: shown }) };
  const index = enter(house, origin, { kind: 'bundle.made', groups: { 0: values } });
  const all = [...shown, disclose(house, origin, { index, show: { 0: ['kind', 'bundle', 'entries'] } })];
  const sizeOf = (log: string): number => logOf(house, log).entries.length;
  const entries = all.map((entry): BundleEntry => {
    const size = sizeOf(entry.log);
    return { entry, proof: inclusionOf(house, entry.log, { index: entry.index, size }), size };
  });
  const logs = [...new Set(all.map(({ log }) => log))].map((log): BundleLog => {
    const heads = (earlier[log] ?? []).map((from) => {
      return { head: headOf(house, log, from), proof: consistencyOf(house, log, { from, to: sizeOf(log) }) };
    });
    return { origin: log, head: headOf(house, log), earlier: heads };
  });
  return { id: own, made, key: house.publicKey, logs, entries };
}

export const makeBundle = (house: SmallHouse, wanted: Wanted): Bytes =>
  buildBundle(sha256, makeContents(house, wanted));

export const cardOf = (house: SmallHouse, prefix: string, heads: readonly string[] = []): string =>
  writeAnchorCard(sha256, { publicKey: house.publicKey, prefix, heads });

/** Acts of a day: a consent, an enrolment, verifications; returns what a bundle would show of them. */
export function liveIn(house: SmallHouse, origin: string, acts: number): readonly EntryDisclosure[] {
  const whole = seededWhole(`acts ${origin}`);
  return Array.from({ length: acts }, (_, i) => {
    const kind = KINDS_OF_A_DAY[i % KINDS_OF_A_DAY.length]!;
    const person = idOf('per', house.tools.random(16));
    const subject: JsonObject =
      kind === 'verification.decided'
        ? {
            person,
            purpose: 'door',
            decision: whole(2) === 0 ? 'accept' : 'refuse',
            reasons: ['score'],
            threshold: 0.4 + whole(100) / 1000,
          }
        : { person, consent: idOf('con', house.tools.random(16)), purpose: 'door' };
    const organisation = { act: idOf('act', house.tools.random(16)), at: '2026-06-01T08:00:00.000Z', role: 'operator' };
    const index = enter(house, origin, {
      kind,
      groups: { 0: organisation, 1: subject, 2: { name: `operator ${whole(9)}`, device: null } },
    });
    return disclose(house, origin, { index, show: SHOWN[i % SHOWN.length]! });
  });
}

const KINDS_OF_A_DAY = ['consent.given', 'face.enrolled', 'verification.decided', 'verification.decided'] as const;
/** Everything; the subject whole and the act's role; the subject with the person withheld. */
const SHOWN: readonly Show[] = [
  { 0: 'all', 1: 'all', 2: 'all' },
  { 0: ['kind', 'role'], 1: 'all' },
  { 1: ['kind', 'purpose', 'decision', 'consent'] },
];
