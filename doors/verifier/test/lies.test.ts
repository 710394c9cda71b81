import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disclose, headOf, liveIn, makeBundle, proveEntry, seededWhole } from '@visor/case/rehearsal';
import { verify } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { aBundle, houseOf, LOG, type LooseContents, remade, trustOf } from './node-house.ts';

const OTHER = 'visor.invalid/a-site/2';
const house = houseOf('lies');
const shown = [...liveIn(house, LOG, 6), ...liveIn(house, OTHER, 6)];
const bytes = makeBundle(house, { origin: LOG, shown, earlier: { [LOG]: [2, 4] } });
const trust = trustOf(house, [headOf(house, LOG, 4)]);

type Entry = LooseContents['entries'][number];
type Group = Extract<Entry['entry']['groups'][number], { fields: unknown }>;
const A = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

const entryOf = (contents: LooseContents, at: number): Entry => contents.entries[at]!;
function groupOf(contents: LooseContents, { at, slot }: { at: number; slot: number }): Group {
  const group = entryOf(contents, at).entry.groups[slot]!;
  assert.ok('fields' in group);
  return group;
}
const fieldOf = (contents: LooseContents, at: number, name: string) =>
  groupOf(contents, { at, slot: 1 }).fields.find((field) => field.name === name)!;

const swap = <T>(list: T[], a: number, b: number): void => {
  [list[a], list[b]] = [list[b]!, list[a]!];
};

interface Lie {
  readonly what: string;
  readonly edit: (contents: LooseContents) => unknown;
  readonly where: RegExp;
}
const LIES: readonly Lie[] = [
  {
    what: 'a shown value',
    edit: (c) => Object.assign(fieldOf(c, 2, 'decision'), { value: 'accept, honestly' }),
    where: /entry 2 of/,
  },
  { what: 'a salt', edit: (c) => Object.assign(fieldOf(c, 2, 'decision'), { salt: A }), where: /entry 2 of/ },
  {
    what: 'a withheld field',
    edit: (c) => Object.assign(groupOf(c, { at: 2, slot: 1 }).fields[1]!, { commitment: A }),
    where: /entry 2 of/,
  },
  { what: 'two fields', edit: (c) => swap(groupOf(c, { at: 0, slot: 1 }).fields, 1, 2), where: /entry 0 of .*subject/ },
  {
    what: 'the name of a withheld field',
    edit: (c) => Object.assign(groupOf(c, { at: 2, slot: 1 }).fields[1]!, { name: 'reasons' }),
    where: /entry 2 of .*subject/,
  },
  {
    what: 'a group that is shown by its root',
    edit: (c) => Object.assign(entryOf(c, 1).entry.groups[2]!, { root: A }),
    where: /entry 1 of/,
  },
  {
    what: 'a group of another entry',
    edit: (c) => (entryOf(c, 1).entry.groups[1] = entryOf(c, 0).entry.groups[1]!),
    where: /entry 1 of/,
  },
  { what: 'two groups', edit: (c) => swap(entryOf(c, 0).entry.groups, 0, 1), where: /entry 0 of/ },
  {
    what: 'the time in a leaf',
    edit: (c) => (entryOf(c, 1).entry.leaf = entryOf(c, 0).entry.leaf),
    where: /entry 1 of/,
  },
  {
    what: 'an entry that never was, with a leaf of its own',
    edit: (c) => Object.assign(entryOf(c, 0), { entry: { ...invented(), index: 0 } }),
    where: /entry 0 of .*proof/,
  },
  {
    what: 'the proof of another entry',
    edit: (c) => (entryOf(c, 3).proof = entryOf(c, 2).proof),
    where: /entry 3 of .*proof/,
  },
  { what: 'a proof cut short', edit: (c) => entryOf(c, 3).proof.pop(), where: /entry 3 of .*proof/ },
  { what: 'entries of two logs', edit: swapLogs, where: /entry 0 of .*proof/ },
  { what: 'the place of two entries', edit: swapPlaces, where: /entry 0 of .*proof/ },
  { what: 'a head of another key', edit: (c) => (c.logs[0]!.head = headOf(twin(), LOG)), where: /signature|proof/ },
  { what: 'the key that the bundle names', edit: (c) => (c.key = houseOf('forger').publicKey), where: /signature/ },
  {
    what: 'an earlier head of another key',
    edit: (c) => (c.logs[0]!.earlier[0]!.head = headOf(twin(), LOG, 2)),
    where: /signature/,
  },
  { what: 'a proof between two heads', edit: (c) => (c.logs[0]!.earlier[1]!.proof[0] = A), where: /head of 4 entries/ },
  { what: 'the id of an entry', edit: (c) => (entryOf(c, 1).entry.id = A.slice(0, 24)), where: /list of entries/ },
  {
    what: 'the time when the bundle was made',
    edit: (c) => Object.assign(c, { made: c.made + 1 }),
    where: /list of entries/,
  },
  { what: 'an entry left out', edit: (c) => c.entries.splice(1, 1), where: /list of entries/ },
  { what: 'a field more shown', edit: (c) => (c.entries[2] = open()), where: /list of entries/ },
];

/** A house of another key that has entered the same. */
function twin() {
  const forger = houseOf('forger');
  liveIn(forger, LOG, 7);
  return forger;
}
function invented() {
  const forger = houseOf('forger');
  const [entry] = liveIn(forger, LOG, 1);
  return entry!;
}
function swapLogs(contents: LooseContents): void {
  const [first, second] = [
    entryOf(contents, 0),
    contents.entries.find(({ entry }) => entry.log === OTHER && entry.index === 0)!,
  ];
  [first.entry.leaf, second.entry.leaf] = [second.entry.leaf, first.entry.leaf];
  [first.entry.groups, second.entry.groups] = [second.entry.groups, first.entry.groups];
}
function swapPlaces(contents: LooseContents): void {
  [entryOf(contents, 0).entry.index, entryOf(contents, 1).entry.index] = [1, 0];
}
/** An entry that is really in the log. */
const more = () => structuredClone(proveEntry(house, disclose(house, OTHER, { index: 5, show: {} }))) as Entry;
/** An entry of the bundle with more shown of it than the house put in. */
const open = () => structuredClone(proveEntry(house, disclose(house, LOG, { index: 2, show: { 1: 'all' } }))) as Entry;

test('whatever is changed, with the container and the manifest made to fit, is found and placed', () => {
  assert.equal(
    verify(
      nodeTools,
      remade(bytes, () => undefined),
      { trust },
    ).verdict,
    'UNCHANGED',
  );
  for (const { what, edit, where } of LIES) {
    const report = verify(nodeTools, remade(bytes, edit), { trust });
    assert.equal(report.verdict, 'CHANGED', what);
    assert.match(report.where ?? '', where, what);
    assert.notEqual(verify(nodeTools, remade(bytes, edit)).verdict, 'UNCHANGED', what);
  }
});

test('an entry that is in the log but was not put into the bundle is found when it is added', () => {
  const partly = makeBundle(house, { origin: LOG, shown: shown.slice(0, -1) });
  const report = verify(
    nodeTools,
    remade(partly, (c) => c.entries.push(more())),
    { trust },
  );
  assert.equal(report.verdict, 'CHANGED');
  assert.equal(report.where, 'the list of entries in the bundle');
});

test('of two thousand bundles with one byte changed none is UNCHANGED, and each is CHANGED at that byte', () => {
  const { bytes: bundle, trust: card } = aBundle('flips', 4);
  const whole = seededWhole('two thousand');
  const broken = bundle.slice();
  for (let round = 0; round < 2000; round += 1) {
    const [at, bits] = [whole(bundle.length), 1 + whole(255)];
    broken[at]! ^= bits;
    const report = verify(nodeTools, broken, { trust: card });
    assert.equal(report.verdict, 'CHANGED', `byte ${at} xor ${bits}`);
    assert.equal(report.place?.byte, at, `byte ${at} xor ${bits}`);
    assert.ok(report.where !== undefined && report.where !== '', `byte ${at} xor ${bits}`);
    broken[at]! ^= bits;
  }
});

test('each group may be gone: shown by its root alone, all the others still prove', () => {
  for (const gone of [0, 1, 2]) {
    const fresh = houseOf(`gone ${gone}`);
    const left = [0, 1, 2].filter((slot) => slot !== gone);
    const entries = liveIn(fresh, LOG, 5).map(({ index }) =>
      disclose(fresh, LOG, { index, show: Object.fromEntries(left.map((slot) => [slot, 'all'])) }),
    );
    for (const { groups } of entries) {
      assert.deepEqual(
        groups.flatMap((group) => ('fields' in group ? [group.slot] : [])),
        left,
      );
    }
    const report = verify(nodeTools, makeBundle(fresh, { origin: LOG, shown: entries }), { trust: trustOf(fresh) });
    assert.equal(report.verdict, 'UNCHANGED', `group ${gone}`);
  }
});
