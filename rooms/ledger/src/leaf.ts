/** The leaf: 53 bytes that say only that something was logged, and when. Everything else stands behind the field root. */
import { type Bytes, type Instant, instant, Refusal, utf8 } from '@visor/record';
import { HASH_LENGTH } from './tree.ts';

export const LEAF_LENGTH = 53;
/** Where the field root begins within a leaf. */
export const FIELD_ROOT_AT = 21;
const MAGIC = utf8('VSR1');
const FORMAT = utf8('visor/1');

/** 0 milliseconds, 1 seconds, 2 minutes: how coarse a site lets its log time be. */
export type Granularity = 0 | 1 | 2;
/** log2 of the field slots of every group. */
export type PadClass = 3 | 4 | 5;

const STEP: Readonly<Record<Granularity, number>> = { 0: 1, 1: 1000, 2: 60_000 };

export interface Leaf {
  readonly time: Instant; // log time, a whole multiple of the granularity
  readonly granularity: Granularity;
  readonly padClass: PadClass;
  readonly fieldRoot: Bytes; // 32 bytes
}

/** The time rounded down to what the granularity can say. */
export const coarsen = (time: Instant, granularity: Granularity): Instant => instant(time - (time % STEP[granularity]));

/**
 * "VSR1" | flags 1 | log time in ms 8 | pad class 1 | "visor/1" | field root 32.
 * @throws RangeError when the time is finer than the granularity or the root is not 32 bytes
 */
export function leafBytes({ time, granularity, padClass, fieldRoot }: Leaf): Bytes {
  if (time % STEP[granularity] !== 0) throw new RangeError('the log time is finer than its granularity');
  if (fieldRoot.length !== HASH_LENGTH) throw new RangeError('a field root has 32 bytes');
  const leaf = new Uint8Array(LEAF_LENGTH);
  leaf.set(MAGIC);
  leaf[4] = granularity;
  for (let [at, rest] = [12, Number(time)]; at > 4; at -= 1, rest = Math.floor(rest / 256)) leaf[at] = rest % 256;
  leaf[13] = padClass;
  leaf.set(FORMAT, 14);
  leaf.set(fieldRoot, FIELD_ROOT_AT);
  return leaf;
}

/** Reads what `leafBytes` writes and nothing else. @throws Refusal `ledger.entry.shape` */
export function parseLeaf(bytes: Bytes): Leaf {
  const time = bytes.length === LEAF_LENGTH ? leafTime(bytes, 0) : undefined;
  const [granularity, padClass] = [bytes[4] ?? -1, bytes[13] ?? 0];
  if (time === undefined || !isGranularity(granularity) || !isPadClass(padClass)) {
    throw new Refusal('ledger.entry.shape', { what: 'leaf', length: bytes.length });
  }
  return { time: instant(time), granularity, padClass, fieldRoot: bytes.slice(21) };
}

/**
 * The log time of the leaf that stands at `at`, or undefined when there is none; allocates nothing, since whole ledgers
 * are walked with it.
 */
export function leafTime(bytes: Bytes, at: number): number | undefined {
  if (at + LEAF_LENGTH > bytes.length) return undefined;
  for (let i = 0; i < MAGIC.length; i += 1) if (bytes[at + i] !== MAGIC[i]) return undefined;
  for (let i = 0; i < FORMAT.length; i += 1) if (bytes[at + 14 + i] !== FORMAT[i]) return undefined;
  const granularity = bytes[at + 4]!;
  if (!isGranularity(granularity) || !isPadClass(bytes[at + 13]!)) return undefined;
  let time = 0;
  for (let i = 5; i < 13; i += 1) time = time * 256 + bytes[at + i]!;
  return time <= LAST && time % STEP[granularity] === 0 ? time : undefined;
}

const LAST = 253402300799999; // the end of the year 9999, as `instant` has it
const isGranularity = (value: number): value is Granularity => value >= 0 && value <= 2;
export const isPadClass = (value: number): value is PadClass => value >= 3 && value <= 5;
