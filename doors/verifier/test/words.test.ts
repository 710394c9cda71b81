import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECK_KEYS, sentence, visible, whereOf } from '@visor/verifier';

test('every sentence has both languages, with the same facts in it', () => {
  assert.ok(CHECK_KEYS.length > 30);
  const names = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
  for (const key of CHECK_KEYS) {
    const [en, zh] = [sentence('en', key, names), sentence('zh', key, names)];
    assert.match(zh, /\p{Script=Han}/u, key);
    assert.doesNotMatch(en, /\p{Script=Han}/u, key);
    const facts = (text: string): string[] => [...text.matchAll(/<\w+>/g)].map(([fact]) => fact).sort();
    assert.deepEqual(facts(zh), facts(en), key);
  }
});

test('a key ends in what it says: proved, failed or unchecked', () => {
  for (const key of CHECK_KEYS) assert.match(key, /^[a-z]+(\.[a-z]+)*\.(proved|failed|unchecked)$/);
});

test('no sentence overclaims', () => {
  for (const key of CHECK_KEYS) {
    assert.doesNotMatch(
      sentence('en', key),
      /\b(verified|secure|guaranteed?|anonymous|true|authentic|genuine)\b/i,
      key,
    );
    assert.doesNotMatch(sentence('zh', key), /真实|安全|保证|匿名|属实/u, key);
  }
});

test('text out of a file cannot pose as text of ours', () => {
  assert.equal(visible('a\u202eb\nc\u0007\u200b'), 'a\\u{202e}b\\u{a}c\\u{7}\\u{200b}');
  const where = whereOf('en', { log: 'x\u202e', index: 1 });
  assert.equal(where, 'entry 1 of x\\u{202e}');
  assert.equal(sentence('en', 'origin.proved', { prefix: '$& {log} $1' }).includes('$& {log} $1'), true);
});

test('a place is said from the outside in, in both languages', () => {
  const place = { file: 'entries.json', byte: 812, log: 'visor.invalid/a/1', index: 3, slot: 1, field: 'decision' };
  assert.equal(whereOf('en', place), 'entries.json, byte 812, entry 3 of visor.invalid/a/1, subject, field decision');
  assert.equal(whereOf('zh', place), 'entries.json，第 812 字节，visor.invalid/a/1 第 3 条，主体组，字段 decision');
  assert.equal(whereOf('en', { slot: 6 }), 'unused group');
});
