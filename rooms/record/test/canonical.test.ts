import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { canonicalJson, type Json, parseJson } from '@visor/record';
import canonicalize from 'canonicalize';
import fc from 'fast-check';

const vectors: readonly { readonly what: string; readonly source: string; readonly canonical: string }[] = JSON.parse(
  readFileSync(new URL('../../../fixtures/vectors/canonical-json.json', import.meta.url), 'utf8'),
);

for (const { what, source, canonical } of vectors) {
  test(`RFC 8785 vector: ${what}`, () => {
    assert.equal(canonicalJson(JSON.parse(source)), canonical);
  });
}

test('any JSON has the bytes that an implementation written elsewhere gives it', () => {
  const sameBytes = fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    const wellFormed = JSON.stringify(value).isWellFormed() && !/\\ud[89ab]/i.test(JSON.stringify(value));
    // fast-check's JSON and ours are the same values under two names.
    if (wellFormed) assert.equal(canonicalJson(value as Json), canonicalize(value));
  });
  fc.assert(sameBytes, { seed: 8785, numRuns: 2_000 });
});

test('any double is written as ECMAScript writes it and reads back as itself', () => {
  const roundTrip = fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
    assert.equal(JSON.parse(canonicalJson(n)), n === 0 ? 0 : n);
  });
  fc.assert(roundTrip, { seed: 754, numRuns: 2_000 });
});

test('what JSON cannot say is refused', () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ['not a number', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as a name', { '\udfff': 1 }],
    ['a missing member', { a: undefined }],
    ['a hole', [undefined]],
    ['a big integer', [1n]],
    ['a function', () => 1],
  ];
  for (const [what, value] of refused) {
    // The types forbid these; a stranger's value has no types.
    assert.throws(() => canonicalJson(value as Json), { name: 'Refusal', code: 'record.json' }, what);
  }
});

test('a stranger cannot nest deeper than the limit, and brackets inside strings do not count', () => {
  assert.deepEqual(parseJson('["[[[[[[", {"a": "\\"]"}]', 2), ['[[[[[[', { a: '"]' }]);
  for (const source of ['[[[1]]]', '{"a":{"b":{"c":1}}}', '['.repeat(100_000)]) {
    assert.throws(() => parseJson(source, 2), { code: 'record.json' });
  }
  for (const source of ['', '{', '[1,]', 'nul', '"\u0000"'])
    assert.throws(() => parseJson(source), { code: 'record.json' });
});

test('a text denser with values than any document is refused before it is parsed', () => {
  for (const one of ['{}', '[0]', '0', '""']) {
    const source = `[${Array.from({ length: 100_000 }, () => one).join(',')}]`;
    assert.throws(() => parseJson(source), { code: 'record.json' }, one);
  }
  const plain = JSON.stringify(Array.from({ length: 100_000 }, (_, at) => ({ at, name: 'purpose' })));
  assert.equal((parseJson(plain) as readonly unknown[]).length, 100_000); // an array, as it was written
});
