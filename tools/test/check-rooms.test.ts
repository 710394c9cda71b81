import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breachesOfDeclarations } from '../checks/declarations.ts';
import { type Manifest, readPlan } from '../checks/plan.ts';
import { verdictOn } from '../checks/report.ts';
import { breachesOfRooms } from '../checks/rooms.ts';
import { listSources, readManifests, readSources } from '../checks/source-files.ts';
import { GRANTED, PLANTED } from './planted-breaches.ts';

const plan = readPlan();
const manifests = readManifests();

/** What the check says of one file, as if it were committed at that path. */
function said(path: string, source: string, changes: ReadonlyMap<string, Manifest> = new Map()): string[] {
  const house = { plan, manifests: new Map([...manifests, ...changes]), files: [{ path, source }] };
  return breachesOfRooms(house).map(({ says }) => says);
}

for (const [what, path, source, sentence] of PLANTED) {
  test(`the check refuses ${what}`, () => {
    const breaches = said(path, source);
    assert.ok(breaches.length > 0, 'nothing was refused');
    assert.match(breaches.join('\n'), sentence);
  });
}

test('an import that is declared but goes sideways or up is refused all the same', () => {
  const declared = (name: string, folder: string): ReadonlyMap<string, Manifest> => {
    const manifest = manifests.get(folder)!;
    return new Map([[folder, { ...manifest, dependencies: { ...manifest.dependencies, [name]: '0.1.0' } }]]);
  };
  const upward = said(
    'rooms/ledger/src/store/planted.ts',
    `import { openVault } from '@visor/vault';`,
    declared('@visor/vault', 'rooms/ledger'),
  );
  assert.deepEqual(upward, ['ledger may not stand on vault']);
  const sideways = said(
    'rooms/face/src/planted.ts',
    `import { oneTrip } from '@visor/storage';`,
    declared('@visor/storage', 'rooms/face'),
  );
  assert.deepEqual(sideways, ['face may not stand on storage']);
});

for (const [what, path, source] of GRANTED) {
  test(`the check lets through ${what}`, () => {
    const folder = path.split('/').slice(0, 2).join('/');
    const manifest = manifests.get(folder)!;
    const changes = new Map([[folder, { ...manifest, devDependencies: { '@visor/people': '0.1.0' } }]]);
    assert.deepEqual(said(path, source, changes), []);
  });
}

test('a dependency that is declared and not used is refused, in the source and in the tests', () => {
  const manifest = {
    name: '@visor/x',
    dependencies: { '@visor/record': '0.1.0', zod: '1' },
    devDependencies: { pg: '1', sharp: '1' },
  };
  const files = [
    { path: 'rooms/x/src/index.ts', source: `export { hex } from '@visor/record';` },
    {
      path: 'rooms/x/test/x.test.ts',
      source: `import { z } from 'zod'; import sharp from 'sharp'; export const x = [z, sharp];`,
    },
  ];
  const says = breachesOfDeclarations({ plan, manifests: new Map([['rooms/x', manifest]]), files }).map(
    (one) => one.says,
  );
  assert.deepEqual(says, ['zod is declared, and src does not use it', 'pg is declared, and test does not use it']);
});

test('every source file that git lists was read, and more than one', () => {
  const { files, differences } = listSources();
  assert.deepEqual(differences, []);
  assert.ok(files.length > 50, `${files.length} files`);
  assert.equal(readSources(files).length, files.length);
});

test('a check that read nothing has not passed, and a debt that was paid must be struck off', () => {
  const breach = { file: 'rooms/a/src/b.ts', line: 3, says: 'too long' };
  assert.equal(verdictOn({ check: 'rooms', read: 0, breaches: [], owing: [] }).passed, false);
  assert.equal(verdictOn({ check: 'rooms', read: 1, breaches: [], owing: [] }).passed, true);
  assert.equal(verdictOn({ check: 'rooms', read: 1, breaches: [breach], owing: [] }).passed, false);
  assert.equal(
    verdictOn({ check: 'rooms', read: 1, breaches: [breach], owing: ['rooms/a/src/b.ts: too long'] }).passed,
    true,
  );
  assert.equal(
    verdictOn({ check: 'rooms', read: 1, breaches: [], owing: ['rooms/a/src/b.ts: too long'] }).passed,
    false,
  );
});

test('the lists of old breaches are empty', () => {
  assert.deepEqual(plan.owing, { rooms: [], sizes: [], words: [] });
});
