import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  BLOB_LENGTH,
  coarsen,
  type Draft,
  fieldNames,
  fieldRootOf,
  groupRootOf,
  KINDS,
  leafBytes,
  openGroup,
  packPrepared,
  parseLeaf,
  prepareEntry,
  unpackPrepared,
} from '@visor/ledger';
import { type Bytes, hex, instant, type JsonObject } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { AT, ORGANISATION, sample } from './sample.ts';
import { seeded, sha256, toolsWith } from './tools.ts';

// The entry by the words of its definition: slow, over Buffers and strings, written apart from the code that it checks.
const H = (...parts: (Uint8Array | string | number)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? Buffer.from([part]) : part);
  return hash.digest();
};
const M = (key: Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(Buffer.from(text, 'hex')).digest();
const short = (n: number): string => n.toString(16).padStart(4, '0');
function slowTree(leaves: readonly Buffer[], leafPrefix: number, nodePrefix: number): Buffer {
  const over = (hashes: readonly Buffer[]): Buffer =>
    hashes.length === 1
      ? hashes[0]!
      : H(nodePrefix, over(hashes.slice(0, hashes.length / 2)), over(hashes.slice(hashes.length / 2)));
  return over(leaves.map((leaf) => H(leafPrefix, leaf)));
}
function slowGroup(seed: Uint8Array, fields: readonly (readonly [string, string])[], slots: number): Buffer {
  const commitments = Array.from({ length: slots }, (_, i) => {
    const field = fields[i];
    if (field === undefined) return M(seed, `02${short(i)}`);
    const [name, json] = [Buffer.from(field[0]), Buffer.from(field[1])];
    const lengths = [
      Buffer.from(short(name.length), 'hex'),
      Buffer.from(json.length.toString(16).padStart(8, '0'), 'hex'),
    ] as const;
    return H(0x20, M(seed, `00${short(i)}`), lengths[0], name, lengths[1], json);
  });
  return slowTree(commitments, 0x21, 0x22);
}

test('the roots of an entry are the ones of their definition', () => {
  const { prepared, seeds, draft } = sample();
  const organisation = slowGroup(
    seeds[0]!,
    [
      ['kind', '"consent.given"'],
      ['act', '"act_one"'],
      ['at', '"2026-01-01T00:00:00.000Z"'],
      ['by', '"key_one"'],
      ['role', '"api"'],
      ['producer', '"aa:1"'],
      ['voids', 'null'],
    ],
    8,
  );
  const actor = slowGroup(
    seeds[2]!,
    [
      ['kind', '"consent.given"'],
      ['name', '"Li Hua"'],
      ['device', 'null'],
    ],
    8,
  );
  assert.equal(hex(prepared.roots[0]!), organisation.toString('hex'));
  assert.equal(hex(prepared.roots[2]!), actor.toString('hex'));
  const eight = prepared.roots.map((root, slot) => Buffer.from([slot, ...root]));
  assert.equal(hex(prepared.fieldRoot), slowTree(eight, 0x23, 0x24).toString('hex'));
  assert.equal(prepared.padClass, 3);
  assert.equal(hex(prepared.id), hex(draft.id));
});

test('a group root can be made again from the seed and the values alone', () => {
  const { tools, draft, prepared } = sample(3, 'verification.decided');
  for (const { slot, seed, values } of draft.groups) {
    const again = groupRootOf(tools, { kind: draft.kind, slot, seed, values, padClass: prepared.padClass });
    assert.equal(hex(again), hex(prepared.roots[slot]!));
  }
  assert.equal(hex(fieldRootOf(sha256, prepared.roots)), hex(prepared.fieldRoot));
});

test('a group opens under its own seed, id and slot and under no other', () => {
  const { tools, draft, prepared, seeds } = sample();
  const blob = prepared.blobs[1]!;
  const opened = openGroup(tools, { id: draft.id, slot: 1, seed: seeds[1]!, blob });
  assert.deepEqual(opened, { kind: 'consent.given', values: draft.groups[1]!.values });
  assert.equal(openGroup(tools, { id: draft.id, slot: 1, seed: seeds[0]!, blob }), undefined);
  assert.equal(openGroup(tools, { id: draft.id, slot: 2, seed: seeds[1]!, blob }), undefined);
  assert.equal(openGroup(tools, { id: seeds[3]!.slice(0, 16), slot: 1, seed: seeds[1]!, blob }), undefined);
  assert.equal(
    openGroup(tools, { id: draft.id, slot: 1, seed: seeds[1]!, blob: blob.with(40, blob[40]! ^ 1) }),
    undefined,
  );
});

test('a value that is left out is committed to as null and comes back as null', () => {
  const tools = toolsWith(seeded(4));
  const id = tools.random(16);
  const seed = tools.random(32);
  const { blobs } = prepareEntry(tools, {
    kind: 'person.created',
    id,
    groups: [{ slot: 1, seed, values: { person: 'p' } }],
    tags: {},
  });
  assert.deepEqual(openGroup(tools, { id, slot: 1, seed, blob: blobs[1]! })?.values, { person: 'p', reference: null });
});

test('nothing of an entry shows how long a value is or which values are equal', () => {
  const make = (values: JsonObject) => {
    const tools = toolsWith(seeded(5));
    const groups = [{ slot: 1, seed: tools.random(32), values }];
    return prepareEntry(tools, { kind: 'person.created', id: tools.random(16), groups, tags: {} });
  };
  const [empty, long] = [make({}), make({ person: 'x'.repeat(100), reference: 'y'.repeat(100) })];
  assert.equal(packPrepared(empty).length, packPrepared(long).length);
  assert.equal(empty.blobs[1]!.length, BLOB_LENGTH[3]);
  assert.equal(long.blobs[1]!.length, BLOB_LENGTH[3]);
  const first = sample(6);
  const second = sample(7); // the same values under other seeds
  const seen = new Set([...first.prepared.roots, ...second.prepared.roots].map(hex));
  assert.equal(seen.size, 16);
});

test('who has a root and a list of likely values but not the seed learns nothing', () => {
  const { prepared } = sample();
  const likely = ['login', 'door', 'account.unblock'].map((value) => H(JSON.stringify(value)).toString('hex'));
  const shown = [...prepared.roots, ...prepared.blobs.filter((blob) => blob !== undefined), ...prepared.tags]
    .map(hex)
    .join('');
  for (const guess of likely) assert.ok(!shown.includes(guess));
  assert.ok(!Buffer.from(packPrepared(prepared)).includes('login'));
  assert.ok(!Buffer.from(packPrepared(prepared)).includes('consent.given'));
});

test('all groups of an entry have the class of the largest', () => {
  const { prepared } = sample(8, 'verification.decided'); // eleven fields of the subject
  assert.equal(prepared.padClass, 4);
  for (const slot of [0, 1, 2]) assert.equal(prepared.blobs[slot]!.length, BLOB_LENGTH[4]);
  const tools = toolsWith(seeded(9));
  const values = { person: 'p', reference: 'r'.repeat(900) };
  const groups = [{ slot: 1, seed: tools.random(32), values }];
  assert.equal(prepareEntry(tools, { kind: 'person.created', id: tools.random(16), groups, tags: {} }).padClass, 5);
});

test('every kind fits the classes with every field of its groups', () => {
  for (const kind of Object.keys(KINDS)) {
    for (const slot of [0, 1, 2]) {
      const names = fieldNames(kind, slot) ?? [];
      assert.ok(names.length <= 32, kind);
      assert.equal(new Set(names).size, names.length, `${kind} names a field twice`);
    }
  }
});

const tools = toolsWith(seeded(10));
const [ID, SEED] = [tools.random(16), tools.random(32)];
const draft = (change: Partial<Draft>): Draft => ({
  kind: 'person.created',
  id: ID,
  groups: [{ slot: 0, seed: SEED, values: ORGANISATION }],
  tags: {},
  ...change,
});
const group = (slot: number, values: JsonObject) => ({ slot, seed: SEED, values });
const REFUSED: readonly [string, Draft, string][] = [
  ['no group', draft({ groups: [] }), 'ledger.entry.shape'],
  ['a group twice', draft({ groups: [group(0, {}), group(0, {})] }), 'ledger.entry.shape'],
  ['a field that the kind does not have', draft({ groups: [group(0, { nonsense: 1 })] }), 'ledger.entry.shape'],
  ['a kind as a value', draft({ groups: [group(0, { kind: 'face.enrolled' })] }), 'ledger.entry.shape'],
  ['a slot that the kind does not use', draft({ groups: [group(3, {})] }), 'ledger.entry.shape'],
  ['a subject in a kind without one', draft({ kind: 'bundle.made', groups: [group(1, {})] }), 'ledger.entry.shape'],
  ['a decoy slot', draft({ groups: [group(7, {})] }), 'ledger.entry.shape'],
  ['a value that fits no class', draft({ groups: [group(1, { person: 'x'.repeat(1300) })] }), 'ledger.entry.size'],
  ['a number that is none', draft({ groups: [group(1, { person: Number.NaN })] }), 'record.json'],
];
for (const [what, input, code] of REFUSED) {
  test(`an entry with ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => prepareEntry(tools, input)),
      code,
    ));
}
test('an entry of an unknown kind is refused', () => {
  assert.equal(
    refusalOf(() => fieldNames('face.sold', 0)),
    'ledger.entry.kind',
  );
  assert.equal(
    refusalOf(() => fieldNames('toString', 0)),
    'ledger.entry.kind',
  );
});

test('a leaf reads back as it was written, at every granularity', () => {
  const fieldRoot = seeded(11)(32);
  for (const granularity of [0, 1, 2] as const) {
    const time = coarsen(instant(AT + 61_234), granularity);
    const leaf = leafBytes({ time, granularity, padClass: 4, fieldRoot });
    assert.equal(leaf.length, 53);
    assert.deepEqual(parseLeaf(leaf), { time, granularity, padClass: 4, fieldRoot });
  }
});

const LEAF = leafBytes({ time: AT, granularity: 1, padClass: 3, fieldRoot: seeded(12)(32) });
const REFUSED_LEAVES: readonly [string, Bytes][] = [
  ['too short', LEAF.slice(1)],
  ['too long', Uint8Array.from([...LEAF, 0])],
  ['of another magic', LEAF.with(3, 0x32)],
  ['with unknown flags', LEAF.with(4, 0x81)],
  ['of a fourth granularity', LEAF.with(4, 3)],
  ['of no pad class', LEAF.with(13, 6)],
  ['of another format', LEAF.with(20, 0x32)],
  ['finer than its granularity', LEAF.with(12, LEAF[12]! ^ 1)],
  ['of a time after the year 9999', LEAF.with(5, 1)],
];
for (const [what, leaf] of REFUSED_LEAVES) {
  test(`a leaf ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => parseLeaf(leaf)),
      'ledger.entry.shape',
    ));
}

test('what the outbox keeps reads back, without the kind', () => {
  const { prepared } = sample(13, 'verification.decided');
  const { kind: _, ...rest } = prepared;
  assert.deepEqual(unpackPrepared(packPrepared(prepared)), rest);
});

const PACKED = packPrepared(sample().prepared);
const REFUSED_ROWS: readonly [string, Bytes][] = [
  ['empty', new Uint8Array(0)],
  ['of another magic', PACKED.with(0, 0)],
  ['of another version', PACKED.with(4, 2)],
  ['of no pad class', PACKED.with(5, 2)],
  ['of another pad class', PACKED.with(5, 4)],
  ['without a group', PACKED.with(6, 0).slice(0, PACKED.length - 3 * 320)],
  ['with a group more than its bytes', PACKED.with(6, 0b1111)],
  ['cut short', PACKED.slice(0, -1)],
  ['with a byte more', Uint8Array.from([...PACKED, 0])],
];
for (const [what, row] of REFUSED_ROWS) {
  test(`a row of the outbox ${what} is refused`, () => {
    assert.equal(
      refusalOf(() => unpackPrepared(row)),
      'ledger.entry.shape',
    );
  });
}

test('a changed row of the outbox is refused or reads as exactly what it says', () => {
  fuzz(PACKED, { count: 2000, seed: 14, codes: ['ledger.entry.shape'] }, (bytes) =>
    packPrepared(unpackPrepared(bytes)),
  );
});

test('reading a row takes no longer than in proportion to its length', () => {
  const exponent = growth([1e5, 2e5, 4e5, 8e5], (size) => {
    const rows = Array.from({ length: size / PACKED.length }, () => PACKED);
    return () => rows.map(unpackPrepared);
  });
  const junk = growth([1e5, 4e5, 16e5], (size) => {
    const bytes = new Uint8Array(size).fill(86);
    return () => refusalOf(() => unpackPrepared(bytes));
  });
  assert.ok(exponent <= 1.3 && junk <= 1.3, `${exponent}, ${junk}`);
});
