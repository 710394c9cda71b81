import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breachesOfWords } from '../checks/words.ts';

const said = (source: string): string[] =>
  breachesOfWords({ path: 'docs/planted.md', source }).map(({ says, line }) => `${line}: ${says}`);

/** Put together from pieces, so that this file does not hold what the check looks for. */
const PLANTED: readonly (readonly [string, string])[] = [
  ['a path of one machine', `see ${'/work'}/main/data`],
  ['a path of one machine', `const file = "${'/tmp'}/x.json";`],
  ['a path of one machine', `(${'/root'}/.npm)`],
  ['a path of one machine', `${'/home'}/ann/visor`],
  ['a registry host', `from https://registry.npm${'js'}.org/x`],
  ['a resolved address in a lock file', `  "resolved": "${'https'}://x/y.tgz"`],
  ['a debt without an end', `// ${'TO' + 'DO'}: later`],
  ['the number of a work item', `as asked in ${'issue'} 12`],
  ['the name of a program that writes programs', `written with ${'Chat' + 'GPT'}`],
  ['a private key', `-----BEGIN EC PRIVATE ${'KEY'}-----`],
  ['a merge left half done', `${'<'.repeat(7)} ours`],
];

for (const [what, line] of PLANTED) {
  test(`the check of words finds ${what} in: ${line.replace(/(\w)(\w+)/g, '$1…')}`, () => {
    assert.deepEqual(said(`first line\n${line}\n`), [`2: ${what}`]);
  });
}

test('the check of words lets routes, globs, standards and plain words pass', () => {
  const fine = [
    'GET /v1/people',
    'src/work/x.ts',
    'https://www.rfc-editor.org/rfc/rfc8785',
    'a homework',
    './tmp/x',
    'an issue of trust',
  ];
  assert.deepEqual(said(fine.join('\n')), []);
});
