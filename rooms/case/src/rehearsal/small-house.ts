/**
 * A house small enough for a test: one key, logs in memory, entries made by the ledger's own code. All chance comes out
 * of a seed, so a bundle made here has the same bytes on every machine.
 */
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
  prepareEntry,
  signedNote,
  writeAnchorCard,
} from '@visor/ledger';
import { type Bytes, base64, concat, type Hmac, instant, type JsonObject, type Sha256, utf8 } from '@visor/record';
import type { BundleEntry } from '../bundle/index.ts';
import { seededBytes } from './chance.ts';
import { pathOf, proofOf, rangeHash, type SmallLog } from './small-log.ts';

/** What a house needs and cannot have without powers. */
export interface HouseTools {
  readonly sha256: Sha256;
  /** The Ed25519 pair of a secret of 32 bytes. */
  readonly keyPair: (secret: Bytes) => { readonly publicKey: Bytes; readonly sign: (message: Bytes) => Bytes };
}

export interface SmallHouse {
  readonly publicKey: Bytes;
  readonly sign: (message: Bytes) => Bytes;
  readonly tools: LedgerTools;
  readonly logs: Map<string, SmallLog>;
}

export const START = Date.UTC(2026, 5, 1, 8, 0, 0);

export function smallHouse({ sha256, keyPair }: HouseTools, seed: string): SmallHouse {
  const random = seededBytes(seed);
  const hmac = hmacOf(sha256);
  // blobs never leave a house in a bundle, so nothing is sealed here
  const seal = (_key: Bytes, _nonce: Bytes, plain: Bytes): Bytes => concat([plain, new Uint8Array(16)]);
  const tools: LedgerTools = { sha256, hmac, random, seal, open: () => undefined };
  return { ...keyPair(random(32)), tools, logs: new Map() };
}

/** RFC 2104 over SHA-256, for keys of at most 64 bytes. */
function hmacOf(sha256: Sha256): Hmac {
  const padded = (key: Bytes, pad: number): Bytes => {
    const block = new Uint8Array(64).fill(pad);
    for (let i = 0; i < key.length; i += 1) block[i]! ^= key[i]!;
    return block;
  };
  return (key, data) => sha256(concat([padded(key, 0x5c), sha256(concat([padded(key, 0x36), data]))]));
}

/** A house with the same key and the same entries so far, that goes on in another way: what a fraud needs. */
export function forkHouse(house: SmallHouse, seed: string): SmallHouse {
  const logs = new Map<string, SmallLog>();
  for (const [origin, { sha256, entries }] of house.logs)
    logs.set(origin, { sha256, entries: [...entries], ranges: new Map() });
  return { ...house, tools: { ...house.tools, random: seededBytes(seed) }, logs };
}

function logOf(house: SmallHouse, origin: string): SmallLog {
  const held = house.logs.get(origin) ?? { sha256: house.tools.sha256, entries: [], ranges: new Map() };
  house.logs.set(origin, held);
  return held;
}

export const sizeOf = (house: SmallHouse, origin: string): number => logOf(house, origin).entries.length;

export interface Act {
  readonly kind: Kind;
  readonly groups: Readonly<Record<number, JsonObject>>; // by slot
}

/** Enters an act a second after the one before; returns its index. */
export function enter(house: SmallHouse, origin: string, act: Act): number {
  const { entries } = logOf(house, origin);
  const groups = Object.entries(act.groups).map(([slot, values]) => {
    return { slot: Number(slot), seed: house.tools.random(32), values };
  });
  const draft: Draft = { kind: act.kind, id: house.tools.random(16), groups, tags: {} };
  const prepared = prepareEntry(house.tools, draft);
  const time = instant(START + 1000 * entries.length);
  const { padClass, fieldRoot } = prepared;
  entries.push({ draft, prepared, leaf: leafBytes({ time, granularity: 0, padClass, fieldRoot }) });
  return entries.length - 1;
}

/** The signed head of a log at a size, the present one if none is named. */
export function headOf(house: SmallHouse, origin: string, size: number = sizeOf(house, origin)): string {
  return signBody(house, origin, checkpointBody({ origin, size, root: rangeHash(logOf(house, origin), [0, size]) }));
}

/** Signs whatever it is given, as a fraudulent house might. */
export function signBody({ sign, publicKey, tools }: SmallHouse, origin: string, body: string): string {
  const keyId = keyIdOf(tools.sha256, origin, publicKey);
  return signedNote(body, { name: origin, keyId, signature: sign(utf8(body)) });
}

export const consistencyOf = (house: SmallHouse, origin: string, from: number): readonly string[] =>
  proofOf(logOf(house, origin), from, sizeOf(house, origin)).map(base64);

/** What is shown of an entry with its proof under the present head, or under the head of a size. */
export function proveEntry(
  house: SmallHouse,
  entry: EntryDisclosure,
  size: number = sizeOf(house, entry.log),
): BundleEntry {
  return { entry, proof: pathOf(logOf(house, entry.log), entry.index, [0, size]).map(base64), size };
}

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

export const cardOf = (house: SmallHouse, prefix: string, heads: readonly string[] = []): string =>
  writeAnchorCard(house.tools.sha256, { publicKey: house.publicKey, prefix, heads });
