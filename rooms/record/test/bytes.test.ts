import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  base64,
  base64url,
  bytesOfId,
  concat,
  equalBytes,
  fromBase64,
  fromHex,
  hex,
  idOf,
  instant,
  isId,
  newId,
  parseId,
  parseInstant,
  rfc3339,
  text,
  u16,
  u32,
  u64,
  utf8,
} from '@visor/record';
import fc from 'fast-check';

const bytes = fc.uint8Array({ maxLength: 200 });

test('hexadecimal and base64 are those of the platform, and read back', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const platform = Buffer.from(value);
      assert.equal(hex(value), platform.toString('hex'));
      assert.equal(base64(value), platform.toString('base64'));
      assert.equal(base64url(value), platform.toString('base64url'));
      assert.deepEqual(fromHex(hex(value)), value);
      assert.deepEqual(fromBase64(base64(value)), value);
    }),
    { seed: 4648, numRuns: 500 },
  );
});

test('text is encoded as the platform encodes it, whatever its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      assert.deepEqual(utf8(value), new Uint8Array(Buffer.from(value, 'utf8')));
    }),
    { seed: 3629, numRuns: 1_000 },
  );
  for (const value of ['', '\u007f', '\u0080', 'é', '脸', '😀'.repeat(30), 'a'.repeat(96), 'a'.repeat(97)]) {
    assert.deepEqual(utf8(value), new Uint8Array(Buffer.from(value, 'utf8')));
  }
});

test('bytes have one spelling: every other text is refused', () => {
  for (const value of [
    'A',
    'AA',
    'AAA',
    'AA=A',
    '====',
    'AB==',
    'AAB=',
    'AA==AA==',
    'AA==\n',
    ' AAA',
    'AA-_',
    'AAAAA===',
  ]) {
    assert.throws(() => fromBase64(value), { name: 'Refusal', code: 'bytes.base64' }, value);
  }
  for (const value of ['0', 'AB', '0x00', 'zz', '00 '])
    assert.throws(() => fromHex(value), { code: 'bytes.hex' }, value);
  assert.throws(() => text(Uint8Array.of(0xc3, 0x28)), { code: 'bytes.utf8' });
});

test('integers are big-endian and of their width, and what does not fit is a bug', () => {
  assert.equal(hex(concat([u16(0x0102), u32(0x03040506), u64(0x7_0809_0a0b_0c0d)])), '010203040506000708090a0b0c0d');
  for (const wrong of [() => u16(65_536), () => u32(-1), () => u64(2 ** 53), () => u16(0.5)])
    assert.throws(wrong, RangeError);
});

test('two byte strings are equal only when every byte is', () => {
  assert.ok(equalBytes(utf8('same'), utf8('same')));
  for (const other of ['sama', 'Same', 'sam', 'same ']) assert.ok(!equalBytes(utf8('same'), utf8(other)), other);
});

test('an id spells its 16 bytes, once', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (value) => {
      const id = idOf('per', value);
      assert.deepEqual(bytesOfId(id), value);
      assert.ok(isId('per', id) && !isId('con', id));
    }),
    { seed: 32, numRuns: 500 },
  );
  assert.equal(
    newId('per', (length) => new Uint8Array(length).fill(255)),
    'per_zzzzzzzzzzzzzzzzzzzzzzzzzw',
  );
});

test('what is not an id of its kind is refused', () => {
  const good = idOf('per', new Uint8Array(16));
  for (const wrong of [
    '',
    'per_',
    good.slice(0, -1),
    `${good}0`,
    good.replace('per', 'con'),
    good.toUpperCase(),
    `${good.slice(0, -1)}1`,
    `${good.slice(0, -1)}u`,
    `per_${'l'.repeat(26)}`,
  ]) {
    assert.throws(() => parseId('per', wrong), { name: 'Refusal', code: 'id.shape' }, wrong);
  }
});

test('an instant is written in one way and read in that way only', () => {
  assert.equal(rfc3339(instant(1_764_000_000_123)), '2025-11-24T16:00:00.123Z');
  assert.equal(parseInstant('2025-11-24T16:00:00.123Z'), 1_764_000_000_123);
  for (const wrong of [
    '2025-11-24',
    '2025-11-24T16:00:00Z',
    '2025-13-24T16:00:00.123Z',
    '2025-02-30T00:00:00.000Z',
    '2025-11-24T16:00:00.123+00:00',
    '',
  ]) {
    assert.throws(() => parseInstant(wrong), { code: 'record.instant' }, wrong);
  }
  for (const wrong of [-1, 0.5, Number.NaN, 253_402_300_800_000])
    assert.throws(() => instant(wrong), { code: 'record.instant' });
});
