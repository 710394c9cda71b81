/**
 * What the keeper must not forget, as records that are applied in order: every record says a state, so reading one
 * twice changes nothing. What a thief of a row or an old copy of the database could use stands here, never a key.
 */
import { type Edge, HASH_LENGTH, isOrigin } from '@visor/ledger';
import type { Bytes } from '@visor/record';
import * as shape from './shape.ts';
import type { Wire } from './wire.ts';

export interface Burnt {
  readonly below: number; //  serials lower than this are dead
  readonly erased: boolean; // no serial lives
  readonly until: number; //  the newest generation when it was burnt; forgotten when that one has ended
}

export interface Bucket {
  readonly left: number; // tokens, what is reserved already taken off
  readonly at: number; //   ms; when `left` was true
}

export interface Count {
  readonly site: string;
  readonly minute: number;
  readonly released: number;
  readonly boot: string;
  readonly first: number;
  readonly last: number;
}

export interface Memory {
  lease: number;
  readonly edges: Map<string, Edge>;
  readonly burnt: Map<string, Burnt>; //    site/person
  readonly used: Map<string, number>; //    origin#index of an opening → its log time
  readonly buckets: Map<string, Bucket>;
  readonly counts: Map<string, Count>; //   site/minute/boot, those not shown yet
}

export const emptyMemory = (): Memory => ({
  lease: 0,
  edges: new Map(),
  burnt: new Map(),
  used: new Map(),
  buckets: new Map(),
  counts: new Map(),
});

export const personName = (site: string, person: string): string => `${site}/${person}`;
export const countName = ({ site, minute, boot }: Pick<Count, 'site' | 'minute' | 'boot'>): string =>
  `${site}/${minute}/${boot}`;
export const openingName = (origin: string, index: number): string => `${origin}#${index}`;

const name = shape.words(/^/, 400);
const whole = shape.whole(0, Number.MAX_SAFE_INTEGER);
const amount: shape.Reader<number> = shape.amount;
const hash: shape.Reader<Bytes> = shape.bytes(HASH_LENGTH);

const RECORDS = {
  lease: shape.members({ is: name, lease: whole }),
  edge: shape.members({ is: name, origin: name, size: whole, hashes: shape.list(hash, 64) }),
  burnt: shape.members({ is: name, person: name, below: whole, erased: shape.yesNo, until: whole }),
  ended: shape.members({ is: name, site: name, generation: whole }),
  used: shape.members({ is: name, opening: name, time: whole }),
  bucket: shape.members({ is: name, bucket: name, left: amount, at: whole }),
  count: shape.members({ is: name, site: name, minute: whole, released: whole, boot: name, first: whole, last: whole }),
  shown: shape.members({ is: name, count: name }),
} as const;

type Written = {
  [K in keyof typeof RECORDS]: Omit<shape.Read<(typeof RECORDS)[K]>, 'is'> & { readonly is: K };
}[keyof typeof RECORDS];
export type MemoryRecord = Written;

/** The record itself is authenticated by the journal; the readers give it its type. */
export function apply(memory: Memory, record: Wire): void {
  const is = shape.members({ is: name });
  const kind = kindOf(record);
  if (kind === undefined) is(record, 'record');
  else APPLY[kind](memory, record);
}

function kindOf(record: Wire): keyof typeof RECORDS | undefined {
  if (typeof record !== 'object' || record === null || !('is' in record)) return undefined;
  const kind = record['is'];
  return typeof kind === 'string' && Object.hasOwn(RECORDS, kind) ? (kind as keyof typeof RECORDS) : undefined; // hasOwn
}

const APPLY: { readonly [K in keyof typeof RECORDS]: (memory: Memory, record: Wire) => void } = {
  lease: (memory, record) => {
    memory.lease = Math.max(memory.lease, RECORDS.lease(record, 'lease').lease);
  },
  edge: (memory, record) => {
    const { origin, size, hashes } = RECORDS.edge(record, 'edge');
    if (isOrigin(origin)) memory.edges.set(origin, { size, hashes });
  },
  burnt: (memory, record) => {
    const { person, below, erased, until } = RECORDS.burnt(record, 'burnt');
    memory.burnt.set(person, { below, erased, until });
  },
  ended: (memory, record) => {
    const { site, generation } = RECORDS.ended(record, 'ended');
    for (const [person, burnt] of memory.burnt) {
      if (person.startsWith(`${site}/`) && burnt.until <= generation) memory.burnt.delete(person);
    }
  },
  used: (memory, record) => {
    const { opening, time } = RECORDS.used(record, 'used');
    memory.used.set(opening, time);
  },
  bucket: (memory, record) => {
    const { bucket, left, at } = RECORDS.bucket(record, 'bucket');
    memory.buckets.set(bucket, { left, at });
  },
  count: (memory, record) => {
    const { is: _, ...count } = RECORDS.count(record, 'count');
    memory.counts.set(countName(count), count);
  },
  shown: (memory, record) => {
    memory.counts.delete(RECORDS.shown(record, 'shown').count);
  },
};

/** Everything that is known, as records. */
export function snapshot(memory: Memory): readonly MemoryRecord[] {
  return [
    { is: 'lease', lease: memory.lease },
    ...[...memory.edges].map(([origin, edge]) => ({
      is: 'edge' as const,
      origin,
      size: edge.size,
      hashes: edge.hashes,
    })),
    ...[...memory.burnt].map(([person, burnt]) => ({ is: 'burnt' as const, person, ...burnt })),
    ...[...memory.used].map(([opening, time]) => ({ is: 'used' as const, opening, time })),
    ...[...memory.buckets].map(([bucket, { left, at }]) => ({ is: 'bucket' as const, bucket, left, at })),
    ...[...memory.counts.values()].map((count) => ({ is: 'count' as const, ...count })),
  ];
}
