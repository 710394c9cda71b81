import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breachesOfShapes } from '../checks/shapes.ts';
import { breachesOfSizes } from '../checks/sizes.ts';

const said = (path: string, source: string): string[] =>
  [...breachesOfSizes({ path, source }), ...breachesOfShapes({ path, source })].map(({ says }) => says);

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `call(${i});`).join('\n');
const ledger = 'rooms/ledger/src/planted.ts';
const ledgerTest = 'rooms/ledger/test/planted.test.ts';

const PLANTED: readonly (readonly [string, string, string, RegExp])[] = [
  ['a file of 301 lines', ledger, `${lines(301)}\n`, /301 lines, of at most 300/],
  ['a function of 41 lines', ledger, `function long() {\n${lines(39)}\n}`, /long has 41 lines/],
  ['an arrow function of 41 lines', ledger, `const long = () => {\n${lines(39)}\n};`, /long has 41 lines/],
  ['a method of 41 lines', ledger, `class A { long() {\n${lines(39)}\n} }`, /long has 41 lines/],
  ['a test of 41 lines', ledgerTest, `test('a leaf', () => {\n${lines(39)}\n});`, /under "a leaf" has 41 lines/],
  ['four parameters', ledger, 'function four(a, b, c, d) {}', /four has 4 parameters/],
  [
    'four parameters with defaults and a rest',
    ledger,
    'const four = (a, b = 1, { c }, ...d) => a;',
    /four has 4 parameters/,
  ],
  [
    'four parameters in an interface',
    ledger,
    'interface I { four(a: 1, b: 2, c: 3, d: 4): void }',
    /four has 4 parameters/,
  ],
  ['four parameters in a type', ledger, 'type Four = (a: 1, b: 2, c: 3, d: 4) => void;', /Four has 4 parameters/],
  [
    'four loops in one another',
    ledger,
    'function deep() { for (;;) { if (a) { while (b) { try { c(); } catch (e) { throw e; } } } } }',
    /deep is nested 4 deep/,
  ],
  ['a file called utils', 'rooms/ledger/src/utils.ts', '', /utils does not say/],
  ['a file called byte-helpers', 'rooms/ledger/src/byte-helpers.ts', '', /byte-helpers does not say/],
  ['a folder called common', 'rooms/ledger/src/common/tree.ts', '', /common does not say/],
  ['a file in camel case', 'rooms/ledger/src/treeHead.ts', '', /kebab-case/],
  ['an index that is no entrance', 'rooms/ledger/src/store/wal/index.ts', '', /index.ts is the entrance/],
  ['an as without a reason', ledger, 'const a = b as string;', /beside its reason/],
  ['an as whose reason is far away', ledger, '// because\n\n\nconst a = b as string;', /beside its reason/],
  ['a type in angle brackets', ledger, 'const a = <string>b;', /angle brackets/],
  ['a decorator', ledger, '@sealed class A {}', /no decorators/],
  ['a barrel that is no entrance', ledger, `export * from './tree.ts';`, /only an entrance/],
  ['a catch that swallows', ledger, 'try { a(); } catch {}', /swallows/],
  [
    'a name in the facts of a refusal',
    ledger,
    `throw new Refusal('id.shape', { length: 1, name });`,
    /"name" may be more/,
  ],
  [
    'a path in the facts of a fault',
    ledger,
    `throw new Fault('disk', 'It failed.', { path: p });`,
    /"path" may be more/,
  ],
  ['a test name with should', ledgerTest, `test('it should verify', () => {});`, /not a sentence about the product/],
  ['a test name with works', ledgerTest, `test('verification works', () => {});`, /not a sentence about the product/],
  ['a test that promises no error', ledgerTest, `test('verifies without error', () => {});`, /not a sentence/],
  ['a test that runs alone', ledgerTest, `test.only('a proof proves', () => {});`, /hides the others/],
  ['a test that is not written', ledgerTest, `test.todo('a proof proves');`, /written or it is not there/],
];

for (const [what, path, source, sentence] of PLANTED) {
  test(`the check of sizes and shapes refuses ${what}`, () => {
    assert.match(said(path, source).join('\n'), sentence);
  });
}

const GRANTED: readonly (readonly [string, string, string])[] = [
  ['a file of 300 lines', ledger, `${lines(300)}\n`],
  ['a function of 40 lines', ledger, `function long() {\n${lines(38)}\n}`],
  ['the four inputs of authenticated encryption', ledger, 'type Seal = (key: K, nonce: N, plain: P, aad: A) => B;'],
  ['a long chain of else', ledger, 'function f() { if (a) b(); else if (c) d(); else if (e) g(); else if (h) i(); }'],
  [
    'a function inside a loop that loops itself',
    ledger,
    'function f() { for (;;) for (;;) for (;;) a(() => { for (;;) b(); }); }',
  ],
  ['counts in the facts of a refusal', ledger, `throw new Refusal('id.shape', { length: 1, limit, what: 'leaf' });`],
  ['as const', ledger, 'const a = [1] as const;'],
  ['an as with its reason beside it', ledger, 'const a = b as string; // the parser has just checked it'],
  ['an as with its reason above it', ledger, '// the parser has just checked it\nconst a = b as unknown as string;'],
  ['an entrance that hands on', 'rooms/ledger/src/store/index.ts', `export * from './wal.ts';`],
  ['a test name that speaks of the product', ledgerTest, `test('a proof does not carry another entry', () => {});`],
];

for (const [what, path, source] of GRANTED) {
  test(`the check of sizes and shapes lets through ${what}`, () => {
    assert.deepEqual(said(path, source), []);
  });
}
