import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFrame,
  encodeFrame,
  entryLength,
  FRAME_LIMIT,
  type FrameEntry,
  frameLength,
  leafBytes,
  outlineFrame,
} from '@visor/ledger';
import { type Bytes, concat, hex, idOf, u32 } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { AT } from './sample.ts';
import { seeded, sha256 } from './tools.ts';

const random = seeded(1);
function entry(log: number, padClass: 3 | 4 | 5): FrameEntry {
  const fieldRoot = random(32);
  const size = { 3: 320, 4: 640, 5: 1280 }[padClass];
  const eight = (length: number): Bytes[] => Array.from({ length: 8 }, () => random(length));
  const leaf = leafBytes({ time: AT, granularity: 0, padClass, fieldRoot });
  return { log, id: random(16), leaf, roots: eight(32), blobs: eight(size), tags: [random(32), random(32)] };
}
const LOGS = ['a', 'b'].map((name, i) => ({
  site: idOf('sit', random(16)),
  origin: `visor.invalid/${name}/1`,
  size: 5 + i,
  root: random(32),
}));
const FRAME = {
  lease: 7,
  number: 41,
  previous: random(32),
  logs: LOGS,
  entries: [entry(0, 3), entry(1, 5), entry(0, 4)],
};
const BYTES = encodeFrame(sha256, FRAME);
/** The bytes with a hash that fits them: what only the rest of the checks can refuse. */
const sealed = (bytes: Bytes): Bytes => concat([bytes.slice(0, -32), sha256(bytes.slice(0, -32))]);
const relength = (bytes: Bytes): Bytes => sealed(concat([bytes.slice(0, 5), u32(bytes.length), bytes.slice(9)]));

test('a frame reads back as it was written', () => {
  assert.deepEqual(decodeFrame(sha256, BYTES), { ...FRAME, hash: BYTES.slice(-32) });
  const { entries } = outlineFrame(sha256, BYTES);
  assert.deepEqual(
    entries.map(({ log }) => log),
    [0, 1, 0],
  );
  for (const [i, { at }] of entries.entries())
    assert.equal(hex(BYTES.slice(at + 2, at + 18)), hex(FRAME.entries[i]!.id));
});

test('a frame has the length that its parts have', () => {
  const logs = LOGS.reduce((sum, { origin }) => sum + 16 + 2 + origin.length + 8 + 32, 0);
  assert.equal(BYTES.length, 63 + logs + entryLength(3) + entryLength(4) + entryLength(5) + 32);
  assert.equal(frameLength(BYTES.slice(0, 9)), BYTES.length);
});

test('a frame with any one byte changed is refused', () => {
  for (let at = 0; at < BYTES.length; at += 1) {
    assert.equal(
      refusalOf(() => decodeFrame(sha256, BYTES.with(at, BYTES[at]! ^ 0x40))),
      'ledger.frame.shape',
      String(at),
    );
  }
});

const COUNTS = 57; // where the number of logs stands, and behind it the number of entries
const REFUSED: readonly [string, Bytes][] = [
  ['nothing', new Uint8Array(0)],
  ['zeros', new Uint8Array(4096)],
  ['one byte fewer', BYTES.slice(0, -1)],
  ['one byte more', concat([BYTES, Uint8Array.of(0)])],
  ['another version', sealed(BYTES.with(4, 2))],
  ['a lease above all whole numbers', sealed(BYTES.with(9, 255))],
  ['a number above all whole numbers', sealed(BYTES.with(17, 255))],
  ['more logs than bytes', sealed(BYTES.with(COUNTS, 255))],
  ['more entries than bytes', sealed(BYTES.with(COUNTS + 2, 255))],
  ['fewer entries than bytes', sealed(BYTES.with(COUNTS + 5, 2))],
  ['an entry of a log that is not there', sealed(BYTES.with(outlineFrame(sha256, BYTES).entries[0]!.at + 1, 2))],
  ['an entry of no pad class', sealed(BYTES.with(outlineFrame(sha256, BYTES).entries[0]!.at + 18 + 13, 9))],
  ['an origin longer than the frame', sealed(BYTES.with(COUNTS + 6 + 16, 255))],
  ['an origin that is no text', sealed(BYTES.with(COUNTS + 6 + 18, 255))],
  ['an origin with a space', sealed(BYTES.with(COUNTS + 6 + 18, 32))],
  ['bytes behind its entries', relength(concat([BYTES.slice(0, -32), new Uint8Array(8), BYTES.slice(-32)]))],
];
for (const [what, bytes] of REFUSED) {
  test(`a frame with ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => decodeFrame(sha256, bytes)),
      'ledger.frame.shape',
    ));
}

test('a frame that claims more than eight million bytes is none', () => {
  assert.equal(frameLength(concat([BYTES.slice(0, 5), u32(FRAME_LIMIT + 1)])), undefined);
  assert.equal(frameLength(BYTES.slice(0, 8)), undefined);
});

test('a frame with a part of the wrong length is never written', () => {
  const short = { ...FRAME.entries[0]!, tags: [random(31), random(32)] as const };
  assert.throws(() => encodeFrame(sha256, { ...FRAME, entries: [short] }), RangeError);
  assert.throws(() => encodeFrame(sha256, { ...FRAME, entries: [{ ...FRAME.entries[0]!, log: 2 }] }), RangeError);
  assert.throws(
    () => encodeFrame(sha256, { ...FRAME, entries: Array.from({ length: 3000 }, () => FRAME.entries[0]!) }),
    RangeError,
  );
});

test('a changed frame whose hash fits is refused or reads as what it says', () => {
  fuzz(BYTES.slice(0, -32), { count: 2000, seed: 2, codes: ['ledger.frame.shape'] }, (bytes) => {
    const { hash: _, ...frame } = decodeFrame(sha256, relength(concat([bytes, new Uint8Array(32)])));
    const again = encodeFrame(sha256, frame).slice(0, -32);
    return concat([again.slice(0, 5), bytes.slice(5, 9), again.slice(9)]); // the length was mended before it was read
  });
});

test('reading a frame takes no longer than in proportion to its length', () => {
  const one = entry(0, 3);
  const exponent = growth([64, 128, 256, 512], (count) => {
    const bytes = encodeFrame(sha256, {
      ...FRAME,
      logs: LOGS.slice(0, 1),
      entries: Array.from({ length: count }, () => one),
    });
    return () => decodeFrame(sha256, bytes);
  });
  assert.ok(exponent <= 1.3, String(exponent));
});
