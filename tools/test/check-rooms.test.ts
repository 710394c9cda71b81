import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Manifest, readPlan } from '../checks/plan.ts';
import { verdictOn } from '../checks/report.ts';
import { breachesOfRooms } from '../checks/rooms.ts';
import { listSources, readManifests, readSources } from '../checks/source-files.ts';

const plan = readPlan();
const manifests = readManifests();

/** What the check says of one file, as if it were committed at that path. */
function said(path: string, source: string, changes: ReadonlyMap<string, Manifest> = new Map()): string[] {
  const house = { plan, manifests: new Map([...manifests, ...changes]), files: [{ path, source }] };
  return breachesOfRooms(house).map(({ says }) => says);
}

const record = 'rooms/record/src/planted.ts';
const face = 'rooms/face/src/planted.ts';
const ledger = 'rooms/ledger/src/planted.ts';
const store = 'rooms/ledger/src/store/planted.ts';
const vault = 'rooms/vault/src/planted.ts';
const verifier = 'doors/verifier/src/planted.ts';

/** What, where, the source, and a part of the one sentence that must come. */
const PLANTED: readonly (readonly [string, string, string, RegExp])[] = [
  // whom a room may import
  [
    'an import upward',
    ledger,
    `import { openVault } from '@visor/vault';`,
    /@visor\/vault is not among its dependencies/,
  ],
  ['a type import upward', ledger, `import type { Vault } from '@visor/vault';`, /not among its dependencies/],
  ['an import() type upward', ledger, `export type V = import('@visor/vault').Vault;`, /not among its dependencies/],
  [
    'a reach by path',
    ledger,
    `import { openDatabase } from '../../storage/src/index.ts';`,
    /reaches into another room/,
  ],
  ['a reach by an absolute path', ledger, `import '/etc/passwd';`, /reaches into another room/],
  ['a reach from src into test', ledger, `import { world } from '../test/world.ts';`, /is not source of this room/],
  ['an undeclared npm package', record, `import { z } from 'zod';`, /zod is not among its dependencies/],
  ['a deep import', ledger, `import { hex } from '@visor/record/src/bytes.ts';`, /is not an entrance of record/],
  [
    'a room that is not there',
    ledger,
    `import { x } from '@visor/nowhere';`,
    /@visor\/nowhere is not among its dependencies/,
  ],
  ['its own room by name', store, `import { leafHash } from '@visor/ledger';`, /imports its own room by name/],
  ['a dynamic import upward', ledger, `export const v = await import('@visor/vault');`, /not among its dependencies/],
  [
    'a dynamic import of something put together',
    ledger,
    `export const v = await import('@visor/' + 'vault');`,
    /not a plain text/,
  ],
  ['a dynamic import of a template', ledger, 'export const v = await import(`@visor/vault`);', /not a plain text/],
  ['a side-effect import upward', ledger, `import '@visor/vault';`, /not among its dependencies/],
  ['a re-export upward', ledger, `export * from '@visor/vault';`, /not among its dependencies/],
  ['a named re-export upward', ledger, `export { openVault } from '@visor/vault';`, /not among its dependencies/],
  ['require', ledger, `export const v = require('@visor/vault');`, /require is not for any room/],
  ['import =', ledger, `import v = require('@visor/vault');`, /import = is not used/],
  ['createRequire', ledger, `import { createRequire } from 'node:module';`, /node:module is no one's power/],
  [
    'the pure entrance takes the store',
    ledger,
    `import { openLedger } from './store/index.ts';`,
    /belongs to ledger\/store/,
  ],
  ['a pure entrance takes storage', ledger, `import { openDatabase } from '@visor/storage';`, /belongs to storage/],
  ['the verifier stands on storage', verifier, `import { readPack } from '@visor/case/pack';`, /verifier stands on/],
  // which powers a room has
  ['an unnamed module of Node', store, `import { runInThisContext } from 'node:vm';`, /node:vm is no one's power/],
  ['a type of an unnamed module of Node', store, `import type { Script } from 'node:vm';`, /node:vm is no one's power/],
  ['a socket', vault, `import { connect } from 'node:net';`, /node:net needs the power "network"/],
  [
    'a socket by dynamic import',
    vault,
    `export const n = await import('node:net');`,
    /node:net needs the power "network"/,
  ],
  ['a socket by side effect', vault, `import 'node:net';`, /node:net needs the power "network"/],
  ['a socket handed on', vault, `export * from 'node:net';`, /node:net needs the power "network"/],
  ['a child process', ledger, `import { spawn } from 'node:child_process';`, /needs the power "processes"/],
  ['files', ledger, `import { readFileSync } from 'node:fs';`, /needs the power "files"/],
  [
    'a digest in a pure entrance',
    ledger,
    `import { createHash } from 'node:crypto';`,
    /createHash of node:crypto needs the power "digest"/,
  ],
  [
    'a cipher in the store',
    store,
    `import { createCipheriv } from 'node:crypto';`,
    /createCipheriv of node:crypto needs the power "cipher"/,
  ],
  [
    'a signature in the store',
    store,
    `import { sign as verify } from 'node:crypto';`,
    /sign of node:crypto needs the power "cipher"/,
  ],
  ['a key pair in the store', store, `import { generateKeyPairSync } from 'node:crypto';`, /needs the power "cipher"/],
  [
    'chance in the vault',
    vault,
    `import { randomBytes } from 'node:crypto';`,
    /randomBytes of node:crypto needs the power "random"/,
  ],
  [
    'chance handed on',
    vault,
    `export { randomBytes } from 'node:crypto';`,
    /randomBytes of node:crypto needs the power "random"/,
  ],
  ['all of node:crypto', vault, `import * as crypto2 from 'node:crypto';`, /\* of node:crypto is no one's power/],
  ['the default of node:crypto', vault, `import c from 'node:crypto';`, /\* of node:crypto is no one's power/],
  [
    'a name of node:crypto that nobody listed',
    vault,
    `import { setEngine } from 'node:crypto';`,
    /setEngine of node:crypto is no one's/,
  ],
  ['an npm package that needs a power', face, `import sharp from 'sharp';`, /sharp needs the power "files"/],
  [
    'a file of an npm package that nobody listed',
    face,
    `import x from 'protobufjs/light.js';`,
    /powers rooms.json does not list/,
  ],
  ['fetch', ledger, `export const f = () => fetch('x');`, /fetch needs the power "network"/],
  ['fetch under another name', ledger, 'export const f = fetch;', /fetch needs the power "network"/],
  ['fetch in an object', ledger, 'export const f = { fetch };', /fetch needs the power "network"/],
  ['fetch handed on', ledger, 'export { fetch };', /fetch needs the power "network"/],
  ['a WebSocket', ledger, `export const w = new WebSocket('ws://x');`, /WebSocket needs the power "network"/],
  ['Date.now', ledger, 'export const t = Date.now();', /Date.now needs the power "clock"/],
  ['Date.now in brackets', ledger, `export const t = Date['now']();`, /Date.now needs the power "clock"/],
  ['Date.now by a name', ledger, 'export const t = (name: "now") => Date[name]();', /Date.now needs the power "clock"/],
  ['Date.now taken apart', ledger, 'export const { now } = Date;', /needs the power "clock"/],
  ['new Date()', ledger, 'export const t = new Date();', /new Date\(\) needs the power "clock"/],
  [
    'new Date with spread',
    ledger,
    'export const t = (a: []) => new Date(...a);',
    /new Date\(\) needs the power "clock"/,
  ],
  ['Date called', ledger, 'export const t = Date();', /needs the power "clock"/],
  ['performance.now', ledger, 'export const t = performance.now();', /performance needs the power "clock"/],
  ['Math.random', ledger, 'export const t = Math.random();', /Math.random needs the power "random"/],
  ['Math taken apart', ledger, 'export const { random } = Math;', /Math.random needs the power "random"/],
  ['setTimeout', ledger, 'setTimeout(() => undefined, 1);', /setTimeout needs the power "clock"/],
  ['setInterval', ledger, 'setInterval(() => undefined, 1);', /setInterval needs the power "clock"/],
  [
    'a time limit by signal',
    ledger,
    'export const s = AbortSignal.timeout(1);',
    /AbortSignal.timeout needs the power "clock"/,
  ],
  ['process', ledger, 'export const e = process.env;', /process needs the power "processes"/],
  ['console', ledger, 'console.log(1);', /console needs the power "processes"/],
  [
    'the global crypto',
    ledger,
    'export const r = crypto.getRandomValues(new Uint8Array(1));',
    /crypto needs the power "random"/,
  ],
  [
    'globalThis',
    'doors/server/src/planted.ts',
    'export const c = globalThis.crypto;',
    /globalThis is not for any room/,
  ],
  ['eval', 'doors/server/src/planted.ts', `eval('1');`, /eval is not for any room/],
  [
    'new Function',
    'doors/server/src/planted.ts',
    `export const f = new Function('return 1');`,
    /Function is not for any room/,
  ],
  [
    'Function by way of a constructor',
    'doors/server/src/planted.ts',
    `(() => 1).constructor('return 1')();`,
    /constructor is not for any room/,
  ],
  [
    'a global that nobody listed',
    ledger,
    'export const b = new BroadcastChannel("x");',
    /BroadcastChannel is not for any room/,
  ],
  ['a name that hides a power', ledger, 'export const f = (fetch: () => void) => fetch();', /a binding called fetch/],
  [
    'a name that hides a power, in a pattern',
    ledger,
    'export const f = ({ a: [process = 1] }) => process;',
    /a binding called process/,
  ],
  // where files lie
  ['a room on no floor', 'rooms/attic/src/index.ts', 'export {};', /attic is not in rooms.json/],
  ['source outside src', 'rooms/ledger/planted.ts', 'export {};', /source lies in src/],
  ['source of no entrance', 'rooms/case/src/planted.ts', 'export {};', /no entrance of case/],
  // tests and tools
  [
    'a test that looks behind the entrance',
    'rooms/ledger/test/planted.test.ts',
    `import { x } from '../src/tree.ts';`,
    /past the entrance/,
  ],
  [
    'a test that looks upward',
    'rooms/ledger/test/planted.test.ts',
    `import { x } from '@visor/server';`,
    /not among its dependencies/,
  ],
  [
    'a tool that reaches by path',
    'tools/bench/planted.ts',
    `import { x } from '../../rooms/ledger/src/tree.ts';`,
    /reaches into a room/,
  ],
  [
    'a tool that goes past an entrance',
    'tools/bench/planted.ts',
    `import { x } from '@visor/ledger/src/tree.ts';`,
    /is not an entrance/,
  ],
];

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
  const upward = said(store, `import { openVault } from '@visor/vault';`, declared('@visor/vault', 'rooms/ledger'));
  assert.deepEqual(upward, ['ledger may not stand on vault']);
  const sideways = said(face, `import { oneTrip } from '@visor/storage';`, declared('@visor/storage', 'rooms/face'));
  assert.deepEqual(sideways, ['face may not stand on storage']);
});

/** What a house needs every day must not be refused, else the check would be switched off. */
const GRANTED: readonly (readonly [string, string, string])[] = [
  ['a lower room by its entrance', store, `import { hex } from '@visor/record'; export const x = hex;`],
  [
    'a type of a powered room in a pure entrance',
    ledger,
    `import type { Database } from '@visor/storage'; export type D = Database;`,
  ],
  ['the pure entrance in the store', store, `import { leafHash } from '../index.ts'; export const x = leafHash;`],
  ['a digest in the store', store, `import { createHash } from 'node:crypto'; export const x = createHash;`],
  ['a type of a module with power', ledger, `import type { Socket } from 'node:net'; export type S = Socket;`],
  ['a date from a number', ledger, 'export const iso = (at: number): string => new Date(at).toISOString();'],
  [
    'Date as a type, Date.UTC, instanceof Date',
    ledger,
    'export const d = (x: Date | 1) => x instanceof Date || Date.UTC(1, 1);',
  ],
  ['Math and Intl', ledger, 'export const n = Math.floor(new Intl.NumberFormat().format(1).length);'],
  [
    'properties with the names of powers',
    ledger,
    'export const n = (x: { fetch: 1; now: 2 }) => [x.fetch, x.now, { process: 1 }];',
  ],
  ['words in comments and strings', ledger, `/* fetch('x') Date.now() */ export const s = 'import("node:net") eval';`],
  [
    'a fixture in a test',
    'rooms/face/test/planted.test.ts',
    `import { PEOPLE } from '@visor/people'; import 'node:net'; export const p = PEOPLE;`,
  ],
];

for (const [what, path, source] of GRANTED) {
  test(`the check lets through ${what}`, () => {
    const folder = path.split('/').slice(0, 2).join('/');
    const manifest = manifests.get(folder)!;
    const changes = new Map([[folder, { ...manifest, devDependencies: { '@visor/people': '0.1.0' } }]]);
    assert.deepEqual(said(path, source, changes), []);
  });
}

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
