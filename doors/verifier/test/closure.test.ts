import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** What each file imports, types included: what a page that carries the verifier would have to carry. */
function closureOf(entrance: string): { files: Set<string>; modules: Set<string> } {
  const [files, modules, waiting] = [new Set<string>(), new Set<string>(), [entrance]];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const target of importsOf(file)) {
      const found = target.startsWith('.') ? join(dirname(file), target) : entranceOf(target);
      if (found === undefined) modules.add(target);
      else waiting.push(found);
    }
  }
  return { files, modules };
}

function importsOf(file: string): readonly string[] {
  const { module, errors } = parseSync(file, readFileSync(join(ROOT, file), 'utf8'));
  assert.equal(errors.length, 0, file);
  assert.equal(module.dynamicImports.length, 0, `${file} imports at run time`);
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => moduleRequest ?? []),
  );
  return [...module.staticImports.map(({ moduleRequest }) => moduleRequest), ...exported].map(({ value }) => value);
}

function entranceOf(target: string): string | undefined {
  const [scope, name, ...deeper] = target.split('/');
  if (scope !== '@visor') return undefined;
  const folder = ['rooms', 'doors'].map((shelf) => join(shelf, name!)).find((path) => manifestOf(path) !== undefined)!;
  const inside: string | undefined = manifestOf(folder).exports[deeper.length === 0 ? '.' : `./${deeper.join('/')}`];
  assert.ok(inside, `${target} is not an entrance`);
  return join(folder, inside);
}

function manifestOf(folder: string) {
  try {
    return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

test('the verifier stands on record, the pure ledger and the bundle, and on no module at all', () => {
  const { files, modules } = closureOf('doors/verifier/src/index.ts');
  assert.deepEqual([...modules], []);
  const allowed =
    /^(doors\/verifier\/src\/(?!node\.ts)|rooms\/record\/src\/|rooms\/ledger\/src\/(?!store\/)|rooms\/case\/src\/bundle\/)/;
  assert.deepEqual(
    [...files].filter((file) => !allowed.test(relative('.', file))),
    [],
  );
  for (const file of ['rooms/record/src/bytes.ts', 'rooms/ledger/src/proofs.ts', 'rooms/case/src/bundle/unzip.ts']) {
    assert.ok(files.has(file), `${file} was not reached, so the walk walks nowhere`);
  }
});

test('on Node it needs node:crypto and nothing more', () => {
  const { modules } = closureOf('doors/verifier/src/node.ts');
  assert.deepEqual([...modules], ['node:crypto']);
});
