import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { hmacWith } from '@visor/ledger';
import { fromHex, hex, utf8 } from '@visor/record';
import { seeded, sha256 } from './tools.ts';

const hmac = hmacWith(sha256);

test('the examples of RFC 4231 come out', () => {
  const hi = hmac(fromHex('0b'.repeat(20)), utf8('Hi There'));
  assert.equal(hex(hi), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
  const jefe = hmac(utf8('Jefe'), utf8('what do ya want for nothing?'));
  assert.equal(hex(jefe), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  const long = hmac(fromHex('aa'.repeat(131)), utf8('Test Using Larger Than Block-Size Key - Hash Key First'));
  assert.equal(hex(long), '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
});

test('keys and data of every length, in any order, give what Node gives', () => {
  const random = seeded(1);
  for (let length = 0; length <= 140; length += 1) {
    const [key, data] = [random(length), random((length * 37) % 150)];
    for (const [k, d] of [
      [key, data],
      [key, key],
      [data, key],
    ] as const) {
      assert.equal(hex(hmac(k, d)), createHmac('sha256', k).update(d).digest('hex'));
    }
  }
});

test('a key that its owner wipes does not stay in use', () => {
  for (const key of [seeded(2)(32), Buffer.from(seeded(2)(32))]) {
    const before = hmac(key, utf8('x'));
    key.fill(0);
    assert.notEqual(hex(hmac(key, utf8('x'))), hex(before));
  }
});
