import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildBundle, bundleFields } from '@visor/case/bundle';
import {
  disclose,
  enter,
  forkHouse,
  headOf,
  liveIn,
  makeBundle,
  makeContents,
  proveEntry,
  signBody,
} from '@visor/case/rehearsal';
import { parseAnchorCard } from '@visor/ledger';
import { fraudBytes, type Report, readFraudProof, verify } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { aBundle, houseOf, LOG, remade, sha256, trustOf } from './node-house.ts';

const resultOf = ({ checks }: Report, name: string): string | undefined =>
  checks.find((check) => check.name === name)?.result;
const { house, bytes, trust, morning } = aBundle('verdicts');

test('a bundle reads UNCHANGED with the card of the house, and says since when', () => {
  const report = verify(nodeTools, bytes, { trust });
  assert.equal(report.verdict, 'UNCHANGED');
  assert.equal(report.since, '2026-06-01T08:00:08.000Z'); // the ninth entry of the log, the bundle's own
  assert.equal(report.entries, 8);
  assert.equal(report.where, undefined);
  const results = report.checks.map(({ name, result }) => [name, result]);
  assert.deepEqual(results, [
    ['container', 'proved'],
    ['entries', 'proved'],
    ['inclusion', 'proved'],
    ['signature', 'proved'],
    ['house', 'proved'],
    ['origin', 'proved'],
    ['earlier', 'proved'],
    ['head', 'proved'],
    ['whole', 'proved'],
    ['time', 'cannot be checked'],
    ['others', 'cannot be checked'],
  ]);
});

test('without an anchor of the reader’s own the verdict is CANNOT TELL, and it says why', () => {
  const report = verify(nodeTools, bytes);
  assert.equal(report.verdict, 'CANNOT TELL');
  assert.equal(resultOf(report, 'house'), 'cannot be checked');
  const says = report.checks.find(({ name }) => name === 'house')!.says;
  assert.match(says, /Consistent with itself; who signed it is unknown to you/);
});

test('a head that the reader holds is an anchor: the key that signed it is the one that counts', () => {
  const report = verify(nodeTools, bytes, { head: morning });
  assert.equal(report.verdict, 'UNCHANGED');
  assert.equal(resultOf(report, 'house'), 'proved');
  const forged = signBody(houseOf('forger'), LOG, morning.slice(0, morning.indexOf('\n\n') + 1));
  const other = verify(nodeTools, bytes, { head: forged });
  assert.equal(other.verdict, 'CHANGED');
  assert.match(other.where!, /signature/);
});

test('a bundle made afresh under another key is CHANGED at the signature', () => {
  const forger = houseOf('another house');
  const forged = makeBundle(forger, { origin: LOG, shown: liveIn(forger, LOG, 8) });
  const report = verify(nodeTools, forged, { trust });
  assert.equal(report.verdict, 'CHANGED');
  assert.equal(report.where, `signature of ${LOG}`);
  assert.equal(report.since, undefined);
  assert.equal(resultOf(report, 'house'), 'failed');
  assert.equal(verify(nodeTools, forged).verdict, 'CANNOT TELL');
});

test('a log that the card does not name leaves it at CANNOT TELL, and a prefix ends at a slash', () => {
  for (const prefix of ['visor.invalid/another-site', 'visor.invalid/a-sit', 'visor.invalid/a-site/2']) {
    const report = verify(nodeTools, bytes, { trust: trustOf(house, [], prefix) });
    assert.equal(report.verdict, 'CANNOT TELL', prefix);
    assert.equal(resultOf(report, 'origin'), 'cannot be checked', prefix);
  }
  for (const prefix of ['visor.invalid', 'visor.invalid/', LOG]) {
    assert.equal(verify(nodeTools, bytes, { trust: trustOf(house, [], prefix) }).verdict, 'UNCHANGED', prefix);
  }
});

const late = makeBundle(house, { origin: LOG, shown: [disclose(house, LOG, { index: 6, show: { 1: 'all' } })] });

test('a head is linked by the proofs of entries too, where they reach', () => {
  for (const size of [4, 6, 7]) {
    const report = verify(nodeTools, late, { trust: trustOf(house), head: headOf(house, LOG, size) });
    assert.equal(report.verdict, 'UNCHANGED', `size ${size}`);
    assert.equal(resultOf(report, 'head'), 'proved', `size ${size}`);
  }
});

test('a head that the bundle cannot be linked to leaves it at CANNOT TELL', () => {
  const later = forkHouse(house, 'later');
  liveIn(later, LOG, 2);
  const heads = [
    { what: 'a newer head', head: headOf(later, LOG), says: /is newer than the one in this file/ },
    { what: 'a head that no proof reaches', head: headOf(house, LOG, 2), says: /Nothing in this file links/ },
    {
      what: 'a head of another log',
      head: headOf(house, 'visor.invalid/a-site/2'),
      says: /of which nothing is in this file/,
    },
  ];
  for (const { what, head, says } of heads) {
    for (const anchors of [
      { trust, head },
      { trust: trustOf(house), head },
    ]) {
      const report = verify(nodeTools, late, anchors);
      assert.equal(report.verdict, 'CANNOT TELL', what);
      assert.ok(
        report.checks.some((check) => says.test(check.says)),
        what,
      );
    }
  }
  const ours = verify(nodeTools, bytes, { trust: trustOf(house, [headOf(house, 'visor.invalid/a-site/2')]) });
  assert.equal(ours.verdict, 'UNCHANGED', 'a card may hold heads of logs that are not in the bundle');
});

test('a head that contradicts the bundle makes it CHANGED and names the fraud, which proves itself', () => {
  const before = houseOf('verdicts');
  liveIn(before, LOG, 2);
  const two = forkHouse(before, 'the other history');
  liveIn(two, LOG, 7);
  for (const size of [3, 5, 9]) {
    const report = verify(nodeTools, bytes, { trust: trustOf(house), head: headOf(two, LOG, size) });
    assert.equal(report.verdict, 'CHANGED', `size ${size}`);
    assert.equal(report.where, `head of ${size} entries of ${LOG}`);
    const proof = readFraudProof(nodeTools, fraudBytes(report.fraud!), house.publicKey);
    assert.equal(proof.why, size === 9 ? 'same size' : 'other history');
    assert.deepEqual(proof, report.fraud);
    const hash = /"proof":\["[^"]*"/;
    const broken = Buffer.from(fraudBytes(report.fraud!))
      .toString()
      .replace(hash, `"proof":["${'A'.repeat(43)}="`);
    if (size === 9) continue; // two roots need no steps
    const refused = () => readFraudProof(nodeTools, new TextEncoder().encode(broken), house.publicKey);
    assert.throws(refused, { name: 'Refusal', code: 'fraud.shape' }, `size ${size}`);
  }
});

test('a bundle without its own entry is CANNOT TELL, since something may have been left out', () => {
  const report = verify(
    nodeTools,
    remade(bytes, (c) => c.entries.pop()),
    { trust },
  );
  assert.equal(report.verdict, 'CANNOT TELL');
  assert.equal(resultOf(report, 'whole'), 'cannot be checked');
});

test('a bundle may hold the entry of another bundle, but not two of its own', () => {
  const fresh = houseOf('bundles');
  const first = makeContents(fresh, { origin: LOG, shown: liveIn(fresh, LOG, 3) });
  const made = first.entries.at(-1)!.entry;
  const card = trustOf(fresh);
  const second = makeBundle(fresh, { origin: LOG, shown: [made] });
  assert.equal(verify(nodeTools, second, { trust: card }).verdict, 'UNCHANGED');

  const groups = { 0: bundleFields(sha256, { ...first, entries: [] }) };
  const again = enter(fresh, LOG, { kind: 'bundle.made', groups });
  const twice = [made, disclose(fresh, LOG, { index: again, show: { 0: 'all' } })];
  const head = { origin: LOG, head: headOf(fresh, LOG), earlier: [] };
  const both = { ...first, logs: [head], entries: twice.map((entry) => proveEntry(fresh, entry)) };
  const report = verify(nodeTools, buildBundle(sha256, both), { trust: card });
  assert.deepEqual([report.verdict, report.place?.what], ['CHANGED', 'whole']);
});

test('an entry that does not say that it is one of a bundle made is not taken for one', () => {
  const fresh = houseOf('kinds');
  const contents = makeContents(fresh, { origin: LOG, shown: liveIn(fresh, LOG, 3) });
  const { index } = contents.entries.at(-1)!.entry;
  const silent = proveEntry(fresh, disclose(fresh, LOG, { index, show: { 0: ['bundle', 'entries'] } }));
  const bundle = buildBundle(sha256, { ...contents, entries: contents.entries.with(-1, silent) });
  const report = verify(nodeTools, bundle, { trust: trustOf(fresh) });
  assert.deepEqual([report.verdict, resultOf(report, 'whole')], ['CANNOT TELL', 'cannot be checked']);
});

test('an anchor that is no anchor is refused', () => {
  const forged = signBody(houseOf('forger'), LOG, morning.slice(0, morning.indexOf('\n\n') + 1));
  const refusals = [
    { what: 'a head that is no note', anchors: { head: 'a head' } },
    { what: 'a head that the key on the card did not sign', anchors: { trust, head: forged } },
    { what: 'a card with a head that its key did not sign', anchors: { trust: { ...trust, heads: [forged] } } },
  ];
  for (const { what, anchors } of refusals) {
    assert.throws(() => verify(nodeTools, bytes, anchors), { name: 'Refusal', code: 'bundle.trust' }, what);
  }
});

test('a file that is no bundle is refused, and one of a newer format too', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  for (const other of [new Uint8Array(0), text('PK'), text('hello'), bytes.slice(0, 20), bytes.slice(50, 60)]) {
    assert.throws(() => verify(nodeTools, other), { name: 'Refusal', code: 'bundle.container' });
  }
});

test('the bundle and the card of the vectors read as they say', () => {
  const vector = JSON.parse(
    readFileSync(new URL('../../../fixtures/vectors/bundle-small.json', import.meta.url), 'utf8'),
  );
  const old = new Uint8Array(Buffer.from(vector.bundle, 'base64'));
  const card = parseAnchorCard(sha256, vector.card);
  assert.equal(verify(nodeTools, old, { trust: card }).verdict, 'UNCHANGED');
  assert.equal(verify(nodeTools, old).verdict, 'CANNOT TELL');
  assert.equal(verify(nodeTools, old, { trust }).verdict, 'CHANGED');
  for (const { at, xor, file } of vector.flips) {
    const report = verify(nodeTools, old.with(at, old[at]! ^ xor), { trust: card });
    assert.equal(report.verdict, 'CHANGED');
    assert.deepEqual([report.place?.byte, report.place?.file], [at, file]);
  }
});
