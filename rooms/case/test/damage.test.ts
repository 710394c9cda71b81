import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBundle, findDamage, isLikeBundle, readBundle, readDamagedEntries } from '@visor/case/bundle';
import { liveIn, makeContents, seededBytes, seededWhole } from '@visor/case/rehearsal';
import { bundle, encoded, LOG, withFile } from './a-bundle.ts';
import { houseOf, sha256 } from './node-house.ts';

function flipped(at: number, bits: number): Uint8Array {
  const bytes = bundle.slice();
  bytes[at]! ^= bits;
  return bytes;
}
const pieces = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const entriesAt = Buffer.from(bundle).indexOf('[{"entry"');

test('any one byte that is changed is noticed, and named', () => {
  const whole = seededWhole('flips');
  for (let round = 0; round < 800; round += 1) {
    const at = round < 60 ? round : whole(bundle.length); // the start is all header and manifest
    const bytes = flipped(at, 1 + whole(255));
    assert.throws(() => readBundle(sha256, bytes), { name: 'Refusal' }, `byte ${at}`);
    assert.equal(isLikeBundle(bytes), true, `byte ${at}`);
    assert.equal(findDamage(sha256, bytes)?.byte, at, `byte ${at}`);
  }
});

test('the damage of an entry is named by file, offset, value and place in the JSON', () => {
  const at = Buffer.from(bundle).indexOf('"name":"decision"');
  const damage = findDamage(sha256, flipped(at + 10, 0x20))!;
  assert.equal(damage.file, 'entries.json');
  assert.equal(damage.offset, at + 10 - entriesAt);
  assert.equal(damage.expected, bundle[at + 10]);
  assert.deepEqual(damage.path?.slice(1, 3), ['entry', 'groups']);
  assert.equal(damage.path?.at(-1), 'name');
});

test('the bytes that were handed in stay as they were, a Node Buffer too', () => {
  const bytes = Buffer.from(flipped(entriesAt + 100, 1));
  const before = Buffer.from(bytes);
  assert.ok(findDamage(sha256, bytes)?.expected !== undefined);
  assert.deepEqual(bytes, before);
});

test('bytes that are inserted, removed, swapped, cut or appended are noticed where they are', () => {
  const at = entriesAt + 500;
  const swap = bundle.slice();
  swap.copyWithin(at, at + 40, at + 80);
  const table = [
    {
      what: 'a byte inserted into the entries',
      bytes: pieces(bundle.slice(0, at), Uint8Array.of(0x20), bundle.slice(at)),
      file: 'entries.json',
    },
    {
      what: 'a byte removed from the entries',
      bytes: pieces(bundle.slice(0, at), bundle.slice(at + 1)),
      file: 'entries.json',
    },
    { what: 'a piece copied over another', bytes: swap, file: 'entries.json' },
    { what: 'the end cut off', bytes: bundle.slice(0, -30), byte: bundle.length - 30 },
    { what: 'cut in the entries', bytes: bundle.slice(0, at), file: 'entries.json', byte: at },
    { what: 'cut in the manifest', bytes: bundle.slice(0, 200), file: 'manifest.json' },
    { what: 'bytes appended', bytes: pieces(bundle, encoded('more')), byte: bundle.length },
    { what: 'bytes before it', bytes: pieces(encoded('more'), bundle), byte: 0 },
  ];
  for (const { what, bytes, file, byte } of table) {
    assert.throws(() => readBundle(sha256, bytes), { name: 'Refusal', code: 'bundle.container' }, what);
    assert.equal(isLikeBundle(bytes), true, what);
    const damage = findDamage(sha256, bytes)!;
    if (file !== undefined) assert.equal(damage.file, file, what);
    if (byte !== undefined) assert.equal(damage.byte, byte, what);
  }
});

test('what is no bundle is not taken for a damaged one', () => {
  const others = [
    new Uint8Array(0),
    encoded('PK\x03\x04'),
    encoded('{"visor":"receipt/1"}'),
    seededBytes('noise')(5000),
  ];
  for (const bytes of others) assert.equal(isLikeBundle(bytes), false);
});

test('a container in order has no damage of its own, whatever its files say', () => {
  assert.equal(findDamage(sha256, bundle), undefined);
  assert.equal(findDamage(sha256, withFile('entries.json', encoded('{}'))), undefined);
});

test('the entries of a damaged container are read when they can be, and are not when they cannot', () => {
  assert.equal(readDamagedEntries(pieces(encoded('x'), bundle)), undefined);
  assert.equal(readDamagedEntries(bundle.slice(0, -1))?.length, 7);
  assert.equal(readDamagedEntries(flipped(entriesAt, 1)), undefined);
});

test('whatever the bytes, reading refuses and never breaks', () => {
  const whole = seededWhole('fuzz the bundle');
  const random = seededBytes('fuzz the bundle');
  for (let round = 0; round < 1000; round += 1) {
    const bytes = bundle.slice(0, round % 3 === 0 ? 64 + whole(bundle.length - 64) : bundle.length);
    for (let edits = 1 + whole(6); edits > 0; edits -= 1) {
      const junk = random(1 + whole(round % 5 === 0 ? 64 : 4));
      bytes.set(junk, whole(bytes.length - junk.length + 1));
    }
    if (Buffer.compare(bytes, bundle) === 0) continue;
    assert.throws(() => readBundle(sha256, bytes), { name: 'Refusal' }, `round ${round}`);
    findDamage(sha256, bytes);
  }
});

test('reading, and finding damage, take time in proportion to the bytes', (t) => {
  const bundles = [40, 160, 640].map((acts) => {
    const house = houseOf('growth');
    return buildBundle(sha256, makeContents(house, { origin: LOG, shown: liveIn(house, LOG, acts) }));
  });
  const damaged = bundles.map((bytes) => bytes.with(bytes.length >> 1, 0));
  const reading = exponentOf(bundles, (bytes) => readBundle(sha256, bytes));
  const finding = exponentOf(damaged, (bytes) => findDamage(sha256, bytes));
  t.diagnostic(`fitted exponents ${reading.toFixed(2)} and ${finding.toFixed(2)}`);
  assert.ok(reading <= 1.3 && finding <= 1.3, `fitted exponents ${reading} and ${finding}`);
});

/** The slope of log time over log size; the least of some runs, by CPU, since a busy machine only adds. */
function exponentOf(inputs: readonly Uint8Array[], work: (bytes: Uint8Array) => unknown): number {
  const points = inputs.map((bytes) => {
    const runs = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      work(bytes);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    return { x: Math.log(bytes.length), y: Math.log(Math.max(1, Math.min(...runs))) };
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  return mean(points.map(({ x, y }) => (x - mx) * (y - my))) / mean(points.map(({ x }) => (x - mx) ** 2));
}
