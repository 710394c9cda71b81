import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disclose, enter, forkHouse, headOf, liveIn, makeReceipt, seededWhole } from '@visor/case/rehearsal';
import { verifyFile, verifyReceipt } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { houseOf, LOG, trustOf } from './node-house.ts';

const house = houseOf('receipts');
const [first, second] = liveIn(house, LOG, 6);
const receipt = makeReceipt(house, first!);
const trust = trustOf(house);

const parsed = () => JSON.parse(Buffer.from(receipt).toString());
const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const edited = (edit: (value: ReturnType<typeof parsed>) => unknown): Uint8Array => {
  const value = parsed();
  edit(value);
  return bytesOf(value);
};

test('a receipt reads UNCHANGED with the card, in any layout, and CANNOT TELL without', () => {
  for (const bytes of [
    receipt,
    bytesOf(JSON.stringify(parsed(), null, 2)),
    bytesOf(`\n ${JSON.stringify(parsed())}\n`),
  ]) {
    const report = verifyReceipt(nodeTools, bytes, { trust });
    assert.equal(report.verdict, 'UNCHANGED');
    assert.equal(report.since, '2026-06-01T08:00:00.000Z');
    assert.equal(verifyReceipt(nodeTools, bytes).verdict, 'CANNOT TELL');
    assert.deepEqual(verifyFile(nodeTools, bytes, { trust }), report);
  }
});

test('a receipt of another key is CHANGED at the signature', () => {
  const report = verifyReceipt(nodeTools, receipt, { trust: trustOf(houseOf('another house')) });
  assert.equal(report.verdict, 'CHANGED');
  assert.equal(report.where, `signature of ${LOG}`);
});

test('a head of the reader’s own is enough for a receipt under that head', () => {
  assert.equal(verifyReceipt(nodeTools, receipt, { head: headOf(house, LOG) }).verdict, 'UNCHANGED');
  assert.equal(
    verifyReceipt(nodeTools, receipt, { head: headOf(house, LOG, 4) }).verdict,
    'UNCHANGED',
    'linked by its proof',
  );
  assert.equal(verifyReceipt(nodeTools, receipt, { head: headOf(house, LOG, 3) }).verdict, 'CANNOT TELL');
});

test('an unsigned head carries no entry past the head that the reader holds', () => {
  const before = houseOf('receipts');
  liveIn(before, LOG, 4);
  const held = headOf(before, LOG);
  // a forger goes on from the reader's own head, so that its proof leads there, and signs with another key
  const forged = { ...forkHouse(before, 'a forger'), ...signer() };
  const index = enter(forged, LOG, { kind: 'consent.given', groups: { 1: { purpose: 'everything' } } });
  const bytes = makeReceipt(forged, disclose(forged, LOG, { index, show: { 1: 'all' } }));
  const report = verifyReceipt(nodeTools, bytes, { head: held });
  assert.equal(report.verdict, 'CANNOT TELL');
  assert.equal(report.checks.find(({ name }) => name === 'head')?.result, 'cannot be checked');
});

function signer() {
  const { publicKey, sign } = houseOf('a forger');
  return { publicKey, sign };
}

test('a head that contradicts a receipt makes it CHANGED, and is a fraud only under a key that is known', () => {
  const before = houseOf('receipts');
  const two = forkHouse(before, 'another day');
  liveIn(two, LOG, 6);
  const head = headOf(two, LOG);
  const unknown = verifyReceipt(nodeTools, receipt, { head });
  assert.deepEqual([unknown.verdict, unknown.fraud], ['CHANGED', undefined]);
  const known = verifyReceipt(nodeTools, receipt, { trust, head });
  assert.deepEqual([known.verdict, known.fraud?.why], ['CHANGED', 'same size']);
});

const other = JSON.parse(Buffer.from(makeReceipt(house, second!)).toString());
const CHANGES = [
  {
    what: 'a value',
    bytes: bytesOf(JSON.stringify(parsed()).replace('"value":"door"', '"value":"payment"')),
    where: /entry 0 of/,
  },
  { what: 'the proof of another entry', bytes: edited((r) => (r.proof = other.proof)), where: /entry 0 of .*proof/ },
  { what: 'another entry', bytes: edited((r) => (r.entry.index = 1)), where: /entry 1 of .*proof/ },
  {
    what: 'a signature',
    bytes: edited((r) => (r.checkpoint = r.checkpoint.replace(/.{8}\n$/, 'AAAAAA==\n'))),
    where: /signature/,
  },
  {
    what: 'the size in the head',
    bytes: edited((r) => (r.checkpoint = r.checkpoint.replace('\n6\n', '\n7\n'))),
    where: /text of the receipt/,
  },
  { what: 'another size beside the head', bytes: edited((r) => (r.size = 7)), where: /text of the receipt/ },
  {
    what: 'another log',
    bytes: edited((r) => (r.entry.log = 'visor.invalid/a-site/2')),
    where: /text of the receipt/,
  },
  { what: 'a member more', bytes: edited((r) => (r.note = 'certified')), where: /text of the receipt/ },
  { what: 'a member less', bytes: edited((r) => delete r.proof), where: /text of the receipt/ },
  {
    what: 'a member twice',
    bytes: bytesOf(JSON.stringify(parsed()).replace('{', '{"size":1,')),
    where: /text of the receipt/,
  },
  { what: 'a group less', bytes: edited((r) => r.entry.groups.pop()), where: /text of the receipt/ },
  { what: 'cut short', bytes: receipt.slice(0, -1), where: /text of the receipt/ },
];

test('what is changed in a receipt is found', () => {
  for (const { what, bytes, where } of CHANGES) {
    const report = verifyFile(nodeTools, bytes, { trust });
    assert.equal(report.verdict, 'CHANGED', what);
    assert.match(report.where!, where, what);
  }
});

test('no byte of a receipt can be changed so that it says something else and reads UNCHANGED', () => {
  const whole = seededWhole('receipt flips');
  const said = JSON.stringify(parsed().entry.groups);
  for (let round = 0; round < 600; round += 1) {
    const at = whole(receipt.length);
    const bytes = receipt.with(at, receipt[at]! ^ (1 + whole(255)));
    const report = verifyReceiptOrRefuse(bytes);
    if (report !== 'UNCHANGED') continue;
    assert.equal(JSON.stringify(JSON.parse(Buffer.from(bytes).toString()).entry.groups), said, `byte ${at}`);
  }
});

function verifyReceiptOrRefuse(bytes: Uint8Array): string {
  try {
    return verifyReceipt(nodeTools, bytes, { trust }).verdict;
  } catch (refusal) {
    assert.ok(refusal instanceof Error && refusal.name === 'Refusal');
    return 'refused';
  }
}

test('what is no receipt is refused', () => {
  const refusals = [
    { what: 'nothing', bytes: new Uint8Array(0) },
    { what: 'an object', bytes: bytesOf({}) },
    { what: 'no JSON', bytes: bytesOf('{') },
    { what: 'deep JSON', bytes: bytesOf('['.repeat(100_000)) },
    { what: 'no UTF-8', bytes: Uint8Array.of(0x7b, 0xff) },
    { what: 'a large file', bytes: new Uint8Array(300_000).fill(0x20) },
  ];
  for (const { what, bytes } of refusals) {
    assert.throws(() => verifyReceipt(nodeTools, bytes), { name: 'Refusal', code: 'receipt.shape' }, what);
  }
});
