import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  disclose,
  forkHouse,
  headOf,
  liveIn,
  makeBundle,
  makeReceipt,
  type SmallHouse,
  seededWhole,
} from '@visor/case/rehearsal';
import { compareReceipts, fraudBytes, isLikeFraudProof, readFraudProof, verifyFraudProof } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { houseOf, LOG, remade, trustOf } from './node-house.ts';

const receiptOf = (house: SmallHouse, index: number): Uint8Array =>
  makeReceipt(house, disclose(house, LOG, { index, show: { 1: 'all' } }));

/** A house after so many acts, and the same house after more of them. */
function twoMoments(seed: string, acts: number, more: number): [SmallHouse, SmallHouse] {
  const early = houseOf(seed);
  liveIn(early, LOG, acts);
  const late = forkHouse(early, 'later');
  liveIn(late, LOG, more);
  return [early, late];
}
/** One key that shows two histories: they part after so many common acts. */
function twoHistories(common: number, [a, b]: readonly [number, number]): [SmallHouse, SmallHouse] {
  const [one, two] = [houseOf('fraud'), houseOf('fraud')];
  liveIn(one, LOG, common);
  liveIn(two, LOG, common);
  const [left, right] = [forkHouse(one, 'left'), forkHouse(two, 'right')];
  liveIn(left, LOG, a);
  liveIn(right, LOG, b);
  return [left, right];
}

test('two receipts under one head agree', () => {
  const house = houseOf('agree');
  liveIn(house, LOG, 5);
  const { verdict, checks } = compareReceipts(nodeTools, [receiptOf(house, 0), receiptOf(house, 4)]);
  assert.equal(verdict, 'AGREE');
  assert.deepEqual(
    checks.map(({ result }) => result),
    ['proved', 'proved', 'proved'],
  );
});

test('two receipts of different moments agree when the later proof reaches back to the earlier head', () => {
  const [early, late] = twoMoments('moments', 5, 3);
  assert.equal(compareReceipts(nodeTools, [receiptOf(early, 2), receiptOf(late, 5)]).verdict, 'AGREE');
  assert.equal(compareReceipts(nodeTools, [receiptOf(late, 5), receiptOf(early, 2)]).verdict, 'AGREE');
  assert.equal(compareReceipts(nodeTools, [receiptOf(early, 2), receiptOf(late, 7)]).verdict, 'CANNOT TELL');
});

test('a bundle that holds the earlier head agrees with every receipt under it', () => {
  const [early, late] = twoMoments('bundle and receipt', 5, 3);
  const shown = [disclose(late, LOG, { index: 7, show: { 1: 'all' } })];
  const linked = makeBundle(late, { origin: LOG, shown, earlier: { [LOG]: [5] } });
  assert.equal(compareReceipts(nodeTools, [linked, receiptOf(early, 1)]).verdict, 'AGREE');
  const apart = makeBundle(late, { origin: LOG, shown });
  assert.equal(compareReceipts(nodeTools, [apart, receiptOf(early, 1)]).verdict, 'CANNOT TELL');
});

test('two histories under one key contradict, and the proof of it stands by itself', () => {
  const cases = [
    { what: 'the same size', houses: twoHistories(4, [2, 2]), at: [0, 1], why: 'same size' },
    { what: 'an entry that both show', houses: twoHistories(4, [2, 5]), at: [5, 5], why: 'other history' },
    { what: 'an entry beside', houses: twoHistories(4, [2, 5]), at: [0, 5], why: 'other history' },
    { what: 'no entry in common', houses: twoHistories(0, [3, 9]), at: [0, 3], why: 'other history' },
  ] as const;
  for (const {
    what,
    houses: [one, two],
    at,
    why,
  } of cases) {
    for (const turn of [false, true]) {
      const files = [receiptOf(one, at[0]), receiptOf(two, at[1])] as const;
      const { verdict, fraud } = compareReceipts(nodeTools, turn ? [files[1], files[0]] : files, {
        trust: trustOf(one),
      });
      assert.equal(verdict, 'CONTRADICT', what);
      assert.equal(fraud!.why, why, what);
      assert.deepEqual(readFraudProof(nodeTools, fraudBytes(fraud!), one.publicKey), fraud, what);
    }
  }
});

test('without a key that is known to have signed both, two histories are no proof against anybody', () => {
  const [one, two] = twoHistories(4, [2, 2]);
  assert.equal(compareReceipts(nodeTools, [receiptOf(one, 0), receiptOf(two, 0)]).verdict, 'CANNOT TELL');
  const forger = houseOf('forger');
  liveIn(forger, LOG, 6);
  assert.equal(compareReceipts(nodeTools, [receiptOf(one, 0), receiptOf(forger, 0)]).verdict, 'CANNOT TELL');
  const forged = makeBundle(forger, { origin: LOG, shown: [disclose(forger, LOG, { index: 0, show: {} })] });
  assert.equal(compareReceipts(nodeTools, [receiptOf(one, 0), forged]).verdict, 'CANNOT TELL');
});

test('a file that contradicts itself is not held against another', () => {
  const house = houseOf('agree');
  const shown = liveIn(house, LOG, 3);
  const bundle = makeBundle(house, { origin: LOG, shown });
  const damaged = bundle.with(5000, bundle[5000]! ^ 1);
  const lying = remade(bundle, (contents) => (contents.entries[0]!.proof = contents.entries[1]!.proof));
  for (const other of [damaged, lying]) {
    const { verdict, where, checks } = compareReceipts(nodeTools, [receiptOf(house, 0), other]);
    assert.deepEqual([verdict, checks[0]!.result, checks[1]!.result], ['CHANGED', 'proved', 'failed']);
    assert.ok(where);
  }
});

test('files that share no log cannot be held against each other', () => {
  const house = houseOf('agree');
  liveIn(house, LOG, 3);
  const [elsewhere] = liveIn(house, 'visor.invalid/b-site/1', 3);
  assert.equal(
    compareReceipts(nodeTools, [receiptOf(house, 0), makeReceipt(house, elsewhere!)]).verdict,
    'CANNOT TELL',
  );
});

test('no honest pair contradicts, and no pair of two histories agrees, whatever the sizes and places', () => {
  const whole = seededWhole('pairs');
  let [agreed, caught] = [0, 0];
  for (let round = 0; round < 60; round += 1) {
    const [acts, more] = [1 + whole(12), whole(12)];
    const [early, late] = twoMoments('honest', acts, more);
    const honest = compareReceipts(nodeTools, [receiptOf(early, whole(acts)), receiptOf(late, whole(acts + more))]);
    assert.ok(['AGREE', 'CANNOT TELL'].includes(honest.verdict), `round ${round}`);
    if (honest.verdict === 'AGREE') agreed += 1;
    const [common, left, right] = [whole(8), 1 + whole(8), 1 + whole(8)];
    const [one, two] = twoHistories(common, [left, right]);
    const files = [receiptOf(one, whole(common + left)), receiptOf(two, whole(common + right))] as const;
    const fraud = compareReceipts(nodeTools, files, { trust: trustOf(one) });
    assert.notEqual(fraud.verdict, 'AGREE', `round ${round}`);
    if (fraud.verdict === 'CONTRADICT') caught += 1;
  }
  assert.ok(agreed > 10 && caught > 10, `${agreed} agreed, ${caught} were caught`);
});

test('a fraud proof that does not prove it is refused', () => {
  const [one, two] = twoHistories(4, [2, 5]);
  const { fraud } = compareReceipts(nodeTools, [receiptOf(one, 5), receiptOf(two, 5)], { trust: trustOf(one) });
  const good = JSON.parse(Buffer.from(fraudBytes(fraud!)).toString());
  const other = houseOf('forger');
  const refusals: readonly [what: string, edit: (value: typeof good) => unknown][] = [
    ['the same head twice', (f) => (f.second = f.first)],
    ['no steps', (f) => (f.first.steps = f.second.steps = [])],
    ['a step that does not lead to its head', (f) => (f.first.steps = f.second.steps)],
    ['another reason', (f) => (f.why = 'same size')],
    ['another origin', (f) => (f.origin = 'visor.invalid/b-site/1')],
    ['another key', (f) => (f.key = `ed25519:${Buffer.from(other.publicKey).toString('base64')}`)],
    ['an honest pair', (f) => (f.second.head = headOf(one, LOG, 4))],
    ['a member more', (f) => (f.note = 'certified')],
    ['a step of another kind', (f) => (f.first.steps[0].kind = 'word of honour')],
    ['an index that is no number', (f) => (f.first.steps[0].index = '5')],
    ['a hash that is none', (f) => (f.first.steps[0].leaf = 'AAAA')],
    ['no sides', (f) => (f.first = null)],
  ];
  for (const [what, edit] of refusals) {
    const value = structuredClone(good);
    edit(value);
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    assert.throws(
      () => readFraudProof(nodeTools, bytes, one.publicKey),
      { name: 'Refusal', code: 'fraud.shape' },
      what,
    );
  }
  assert.throws(
    () => readFraudProof(nodeTools, fraudBytes(fraud!), other.publicKey),
    { code: 'fraud.shape' },
    'the reader’s key',
  );
});

test('whose key signed two histories is said by the reader’s card alone', () => {
  const [one, two] = twoHistories(4, [2, 2]);
  const trust = trustOf(one, [headOf(one, LOG)]);
  const { fraud } = compareReceipts(nodeTools, [receiptOf(one, 0), receiptOf(two, 1)], { trust });
  const bytes = fraudBytes(fraud!);
  assert.equal(isLikeFraudProof(bytes), true);
  assert.equal(isLikeFraudProof(receiptOf(one, 0)), false);
  assert.equal(verifyFraudProof(nodeTools, bytes, { trust }).verdict, 'CONTRADICT');
  assert.equal(verifyFraudProof(nodeTools, bytes).verdict, 'CANNOT TELL');
  const other = trustOf(houseOf('forger'));
  assert.throws(() => verifyFraudProof(nodeTools, bytes, { trust: other }), { name: 'Refusal', code: 'fraud.shape' });
});
