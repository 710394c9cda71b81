import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, type Wire } from '@visor/keeper';
import { type Bytes, concat, u32, utf8 } from '@visor/record';
import fc from 'fast-check';
import { cpuOf, exponentOf } from './growth.ts';

const { wire } = fc.letrec<{ wire: Wire }>((tie) => ({
  wire: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
    fc.string(),
    fc.uint8Array({ maxLength: 50 }),
    fc.array(tie('wire'), { maxLength: 6 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('wire'),
      { maxKeys: 6 },
    ),
  ),
}));

const isSame = (a: Wire, b: Wire): void => assert.deepEqual(JSON.stringify(a, asText), JSON.stringify(b, asText));
const asText = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : value;

test('whatever is written is read as it was', () => {
  fc.assert(
    fc.property(wire, (value) => isSame(decode(encode(value)), value)),
    { seed: 20260601, numRuns: 500 },
  );
});

test('what is read says nothing that could not be written in the same bytes', () => {
  fc.assert(
    fc.property(wire, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, change) => {
      const bytes = encode(value).slice();
      bytes[place % bytes.length]! ^= change;
      try {
        assert.deepEqual(encode(decode(bytes)), bytes);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'request.body'); // an AssertionError has another code
      }
    }),
    { seed: 20260602, numRuns: 2000 },
  );
});

const bytesOf = (...parts: readonly (number | Bytes)[]): Bytes =>
  concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));
const float = (value: number): Bytes => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setFloat64(0, value);
  return out;
};
const deep = (levels: number): Bytes =>
  concat([...Array.from({ length: levels }, () => bytesOf(6, u32(1))), Uint8Array.of(0)]);

test('what is not written by this wire is refused', () => {
  const member = bytesOf(5, u32(1), 0x61, 0);
  for (const [what, bytes] of [
    ['nothing', bytesOf()],
    ['a tag that there is not', bytesOf(8)],
    ['something left over', bytesOf(0, 0)],
    ['a number cut short', bytesOf(3, 0, 0)],
    ['not a number', bytesOf(3, float(Number.NaN))],
    ['no end', bytesOf(3, float(Number.POSITIVE_INFINITY))],
    ['a second zero', bytesOf(3, float(-0))],
    ['bytes longer than what is there', bytesOf(4, u32(0xffffffff), 1)],
    ['a list longer than what is there', bytesOf(6, u32(0x7fffffff), 0)],
    ['members longer than what is there', bytesOf(7, u32(100), 0)],
    ['text that is not UTF-8', bytesOf(5, u32(1), 0xff)],
    ['a member without a name', bytesOf(7, u32(1), 4, u32(1), 0x61, 0)],
    ['a member named twice', bytesOf(7, u32(2), member, member)],
    ['a member that would change what the object is', bytesOf(7, u32(1), 5, u32(9), utf8('__proto__'), 0)],
    ['too deep', deep(12)],
  ] as const) {
    assert.throws(() => decode(bytes), { name: 'Refusal', code: 'request.body' }, what);
  }
  assert.doesNotThrow(() => decode(deep(10)));
});

test('reading takes time in proportion to what is read', () => {
  const points = [500, 2000, 8000, 32_000].map((size) => {
    const bytes = encode(Array.from({ length: size }, (_, at) => ({ at, name: `n${at}`, bytes: new Uint8Array(16) })));
    return { size, time: cpuOf(() => decode(bytes)) };
  });
  assert.ok(exponentOf(points) <= 1.3, JSON.stringify(points));
});
