import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkDisclosure,
  discloseGroup,
  type EntryDisclosure,
  type GroupDisclosure,
  leafHash,
  parseDisclosure,
} from '@visor/ledger';
import { base64, canonicalJson, hex, type Json, type JsonObject, parseJson, Refusal, text, utf8 } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { type Sample, sample } from './sample.ts';
import { sha256 } from './tools.ts';

const byRoot = ({ prepared }: Sample, slot: number): GroupDisclosure => ({ slot, root: base64(prepared.roots[slot]!) });

function shownGroup(
  { tools, draft, prepared }: Sample,
  slot: number,
  show: 'all' | readonly string[],
): GroupDisclosure {
  const { seed, values } = draft.groups.find((group) => group.slot === slot)!;
  return discloseGroup(tools, { kind: draft.kind, slot, seed, values, padClass: prepared.padClass, show });
}

/** The entry with some groups shown and the others by root. */
function shown(of: Sample, groups: Readonly<Record<number, 'all' | readonly string[]>>): EntryDisclosure {
  const { draft, leaf } = of;
  return {
    ...{ log: 'visor.invalid/site/1', index: 7, id: base64(draft.id), leaf: base64(leaf) },
    groups: Array.from({ length: 8 }, (_, slot) => {
      const show = groups[slot];
      return show === undefined ? byRoot(of, slot) : shownGroup(of, slot, show);
    }),
  };
}

test('with any one group destroyed every field of the others still proves', () => {
  const of = sample(1, 'verification.decided');
  for (const gone of [0, 1, 2]) {
    const left = [0, 1, 2].filter((slot) => slot !== gone);
    const { opened, leafHash: hash } = checkDisclosure(
      sha256,
      shown(of, Object.fromEntries(left.map((slot) => [slot, 'all']))),
    );
    assert.equal(hex(hash), hex(leafHash(sha256, of.leaf)));
    for (const slot of left) {
      const { values } = of.draft.groups.find((group) => group.slot === slot)!;
      for (const [name, value] of Object.entries(values)) {
        assert.ok(
          opened.some(
            (field) =>
              field.slot === slot && field.name === name && canonicalJson(field.value) === canonicalJson(value),
          ),
        );
      }
    }
    assert.ok(!opened.some(({ slot }) => slot === gone));
  }
});

test('a withheld field says which it is when the kind is shown, and nothing when it is not', () => {
  const of = sample();
  const named = checkDisclosure(sha256, shown(of, { 1: ['kind', 'purpose'] }));
  assert.deepEqual(
    named.opened.map(({ name }) => name),
    ['kind', 'purpose'],
  );
  assert.deepEqual(
    named.withheld.map(({ name }) => name),
    ['person', 'consent', 'notice', 'level', undefined, undefined],
  );
  const bare = checkDisclosure(sha256, shown(of, { 1: ['purpose'] }));
  assert.deepEqual(
    bare.opened.map(({ name }) => name),
    ['purpose'],
  );
  assert.ok(bare.withheld.every(({ name }) => name === undefined));
});

test('a disclosure shows no salt and no value of a withheld field', () => {
  const of = sample();
  const whole = canonicalJson(parseJson(JSON.stringify(shown(of, { 1: 'all' }))));
  const part = canonicalJson(parseJson(JSON.stringify(shown(of, { 1: ['kind'] }))));
  assert.ok(whole.includes('con_one') && !part.includes('con_one'));
  assert.equal(part.match(/"salt"/g)?.length, 1);
});

type Change = (good: EntryDisclosure) => EntryDisclosure;
const group = (
  good: EntryDisclosure,
  slot: number,
  change: (fields: readonly Json[]) => readonly Json[],
): EntryDisclosure => {
  const json = parseJson(JSON.stringify(good)) as unknown as { groups: { fields: Json[] }[] }; // as JSON, to be changed
  json.groups[slot]!.fields = [...change(json.groups[slot]!.fields)];
  return json as unknown as EntryDisclosure; // what it was, changed
};
const field =
  (at: number, change: (field: Record<string, Json>) => Record<string, Json>): Change =>
  (good) =>
    group(good, 1, (fields) => fields.map((one, i) => (i === at ? change(one as Record<string, Json>) : one))); // a field
const swap =
  (a: number, b: number, renumber: boolean): Change =>
  (good) =>
    group(good, 1, (fields) =>
      fields.map((one, i) => {
        const other = i === a ? fields[b]! : i === b ? fields[a]! : one;
        return renumber ? { ...(other as Record<string, Json>), at: i } : other; // a field
      }),
    );
const other = sample(2);
const CHANGED: readonly [string, Change, string][] = [
  ['a value changed', field(3, (one) => ({ ...one, value: 'door' })), 'ledger.field.commitment'],
  ['a salt changed', field(3, (one) => ({ ...one, salt: base64(new Uint8Array(32)) })), 'ledger.field.commitment'],
  ['a salt of 31 bytes', field(3, (one) => ({ ...one, salt: base64(new Uint8Array(31)) })), 'ledger.entry.shape'],
  [
    'a commitment changed',
    field(7, (one) => ({ ...one, commitment: base64(new Uint8Array(32)) })),
    'ledger.field.commitment',
  ],
  ['a name changed', field(3, (one) => ({ ...one, name: 'reference' })), 'ledger.entry.shape'],
  ['a name on a place without a field', field(7, (one) => ({ ...one, name: 'secret' })), 'ledger.entry.shape'],
  ['two fields in each other’s places', swap(2, 3, false), 'ledger.entry.shape'],
  ['two fields in each other’s places and renumbered', swap(2, 3, true), 'ledger.entry.shape'],
  ['two unnamed places exchanged and renumbered', swap(6, 7, true), 'ledger.field.commitment'],
  ['a field dropped', (good) => group(good, 1, (fields) => fields.slice(0, -1)), 'ledger.entry.shape'],
  [
    'another root for a group',
    (good) => ({ ...good, groups: good.groups.with(5, byRoot(other, 5)) }),
    'ledger.field.commitment',
  ],
  [
    'a group of another entry',
    (good) => ({ ...good, groups: good.groups.with(2, shownGroup(other, 2, 'all')) }),
    'ledger.field.commitment',
  ],
  [
    'two groups exchanged',
    (good) => ({ ...good, groups: good.groups.with(3, good.groups[4]!).with(4, good.groups[3]!) }),
    'ledger.entry.shape',
  ],
  ['the leaf of another entry', (good) => ({ ...good, leaf: base64(other.leaf) }), 'ledger.field.commitment'],
  ['seven groups', (good) => ({ ...good, groups: good.groups.slice(1) }), 'ledger.entry.shape'],
];
for (const [what, change, code] of CHANGED) {
  test(`a disclosure with ${what} is refused`, () => {
    const good = shown(sample(), { 1: 'all' });
    assert.notDeepEqual(change(good), good);
    assert.equal(
      refusalOf(() => checkDisclosure(sha256, change(good))),
      code,
    );
  });
}

test('two groups that name different kinds are refused', () => {
  const of = sample();
  // the actor's group has the same places in every kind, so a dishonest writer could commit to another kind there
  const { seed, values } = of.draft.groups[2]!;
  const lie = discloseGroup(of.tools, { kind: 'face.enrolled', slot: 2, seed, values, padClass: 3, show: 'all' });
  const good = shown(of, { 1: 'all' });
  assert.notEqual(
    refusalOf(() => checkDisclosure(sha256, { ...good, groups: good.groups.with(2, lie) })),
    'no refusal',
  );
});

const isGroups = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const GOOD = ((value: Json): JsonObject => (isObject(value) ? value : {}))(
  parseJson(JSON.stringify(shown(sample(), { 1: ['kind', 'purpose'] }))),
);
const GROUPS = isGroups(GOOD['groups']) ? GOOD['groups'] : [];
const withGroup = (group: Json): Json => ({ ...GOOD, groups: GROUPS.with(1, group) });
const { id: _, ...WITHOUT_ID } = GOOD;
const REFUSED: readonly [string, Json][] = [
  ['null', null],
  ['an array', []],
  ['a member missing', WITHOUT_ID],
  ['a member more', { ...GOOD, more: 1 }],
  ['an index that is text', { ...GOOD, index: '7' }],
  ['a negative index', { ...GOOD, index: -1 }],
  ['a broken index', { ...GOOD, index: 0.5 }],
  ['groups that are no array', { ...GOOD, groups: {} }],
  ['nine groups', { ...GOOD, groups: [...GROUPS, { slot: 8, root: '' }] }],
  ['a group with root and fields', withGroup({ slot: 1, root: '', fields: [] })],
  ['a group of neither', withGroup({ slot: 1 })],
  ['a field that is a number', withGroup({ slot: 1, fields: [1] })],
  ['an open field without its name', withGroup({ slot: 1, fields: [{ at: 0, value: 1, salt: '' }] })],
];
for (const [what, input] of REFUSED) {
  test(`a disclosure that is or has ${what} is refused`, () => {
    assert.equal(
      refusalOf(() => parseDisclosure(input)),
      'ledger.entry.shape',
    );
  });
}

test('a disclosure reads back as it was', () => {
  assert.deepEqual(parseDisclosure(GOOD), GOOD);
});

test('a changed disclosure is refused by a known code or proves exactly what was entered', () => {
  const good = utf8(canonicalJson(GOOD));
  const codes = ['ledger.entry.shape', 'ledger.field.commitment', 'record.json', 'bytes.base64', 'bytes.utf8'];
  const before = checkDisclosure(sha256, parseDisclosure(GOOD));
  fuzz(good, { count: 1500, seed: 3, codes }, (bytes) => {
    const read = parseDisclosure(parseJson(text(bytes)));
    const after = checkDisclosure(sha256, read);
    assert.deepEqual([after.opened, after.withheld], [before.opened, before.withheld]);
    const again = utf8(canonicalJson(parseJson(JSON.stringify(read))));
    if (hex(again) !== hex(bytes)) throw new Refusal('record.json', { what: 'another spelling' }); // JSON has many
    return again;
  });
});

test('refusing takes no longer than in proportion to the size of what is shown', () => {
  const good = shown(sample(), { 1: 'all' });
  const exponent = growth([2e5, 4e5, 8e5, 16e5], (size) => {
    const value = Array.from({ length: size / 10 }, () => 'eight...');
    const changed = group(good, 1, (fields) =>
      fields.with(1, { at: 1, name: 'person', value, salt: base64(sha256(utf8('salt'))) }),
    );
    return () => refusalOf(() => checkDisclosure(sha256, parseDisclosure(parseJson(JSON.stringify(changed)))));
  });
  assert.ok(exponent <= 1.3, String(exponent));
});
