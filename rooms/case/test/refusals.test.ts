import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUNDLE_LIMITS, readBundle } from '@visor/case/bundle';
import {
  bundle,
  encoded,
  files,
  json,
  replaced,
  textOf,
  withEntries,
  withFile,
  withManifest,
  withText,
} from './a-bundle.ts';
import { sha256 } from './node-house.ts';
import { type RawFile, rawZip } from './raw-zip.ts';

const swapped = (a: number, b: number): RawFile[] => {
  const out = [...files];
  [out[a], out[b]] = [out[b]!, out[a]!];
  return out;
};
const changed = (at: number, over: Partial<RawFile>): Uint8Array =>
  rawZip(files.map((file, i) => (i === at ? { ...file, ...over } : file)));
const more = (name: string, bytes: Uint8Array = json(1)): Uint8Array => rawZip([...files, { name, bytes }]);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const TRICKS: readonly (readonly [what: string, bytes: Uint8Array, code?: string])[] = [
  ['nothing', new Uint8Array(0)],
  ['an empty container', rawZip([]), 'bundle.manifest'],
  ['a container of something else', rawZip([{ name: 'a.txt', bytes: json('a') }]), 'bundle.manifest'],
  ['bytes before it', joined(json('#!/bin/sh'), bundle)],
  ['bytes after it', joined(bundle, Uint8Array.of(0))],
  ['a second bundle after it', joined(bundle, bundle)],
  ['a comment', rawZip(files, 'read me')],
  ['a second directory', joined(bundle, bundle.subarray(-400))],
  ['two files in another order', rawZip(swapped(1, 2)), 'bundle.manifest'],
  ['the manifest not first', rawZip(swapped(0, 1)), 'bundle.manifest'],
  ['a file twice', rawZip([...files, files[2]!])],
  ['a file that the manifest does not name', more('extra.txt'), 'bundle.manifest'],
  ['a file missing', rawZip(files.slice(0, -1)), 'bundle.manifest'],
  ['more files than a bundle has', rawZip(Array.from({ length: 4097 }, (_, i) => ({ name: `${i}`, bytes: json(i) })))],
  ['a file that the directory hides', changed(3, { inDirectory: false })],
  ['a deflated file', changed(2, { method: 8 })],
  ['an encrypted file', changed(2, { flags: 1 })],
  ['a data descriptor', changed(2, { flags: 8 })],
  ['a name in UTF-8', changed(2, { flags: 0x800 })],
  ['an extra field', changed(2, { extra: Uint8Array.of(0x55, 0x54, 0, 0) })],
  ['another time', changed(2, { time: 1 })],
  ['a length of 4 GiB', changed(2, { size: 0xffffffff })],
  ['a length one too small', changed(2, { size: files[2]!.bytes.length - 1 })],
  ['a path out of the folder', more('../../etc/passwd')],
  ['an absolute path', more('/etc/passwd')],
  ['a path of another system', more('c:\\a')],
  ['a folder', more('media/', new Uint8Array(0))],
  ['a name with a zero byte', more('a\0.txt')],
  ['a name of 65 characters', more('a'.repeat(65))],
];

test('every trick with the container is refused', () => {
  for (const [what, bytes, code = 'bundle.container'] of TRICKS) {
    assert.throws(() => readBundle(sha256, bytes), { name: 'Refusal', code }, what);
  }
});

const LIES: readonly (readonly [what: string, bytes: Uint8Array, code?: string])[] = [
  ['a digest of another file', withManifest((m) => (m.files[1]!.sha256 = m.files[0]!.sha256))],
  ['a length of another file', withManifest((m) => (m.files[1]!.size += 1))],
  ['another count of entries', withManifest((m) => (m.entries += 1)), 'bundle.container'],
  ['another size of a log', withManifest((m) => (m.logs[0]!.size += 1)), 'bundle.container'],
  ['another origin', withManifest((m) => (m.logs[0]!.origin = 'visor.invalid/other/1'))],
  ['another title', withManifest((m) => (m.says = 'Certified true.'))],
  ['a member more', withManifest((m) => (m.note = 'certified'))],
  ['a member less', withManifest((m) => delete m.made)],
  ['another kind of thing', withManifest((m) => (m.visor = 'receipt/1'))],
  ['a newer format', withManifest((m) => (m.visor = 'bundle/2')), 'bundle.newer'],
  ['a time that is none', withManifest((m) => (m.made = '2026-02-30T00:00:00.000Z'))],
  ['an id that is none', withManifest((m) => (m.bundle = 'bnd_1'))],
  ['a key that is none', withManifest((m) => (m.key = 'ed25519:AAAA'))],
  ['a head that names a file outside', withManifest((m) => (m.logs[0]!.head = '../head.note'))],
  ['two logs with one head', withManifest((m) => m.logs.push(m.logs[0]!))],
  ['a manifest with spaces', replaced('manifest.json', encoded(`${textOf('manifest.json')} `))],
  ['a manifest that is a list', replaced('manifest.json', json([]))],
  ['a manifest that nests deep', replaced('manifest.json', encoded('['.repeat(100_000)))],
  ['a README that says more', withText('README.txt', 'WHAT THIS IS', 'CERTIFIED TRUE'), 'bundle.container'],
  ['entries with spaces', withText('entries.json', '[', '[ '), 'bundle.container'],
  ['entries in another order', withEntries((entries) => entries.reverse()), 'bundle.container'],
  ['an entry less', withEntries((entries) => entries.slice(1)), 'bundle.container'],
  ['an entry with a member more', withEntries((entries) => entries.map((entry) => ({ ...entry, note: 'certified' })))],
  ['entries that are no list', withEntries(() => ({}))],
  ['a field with a member more', withText('entries.json', '"at":0,', '"at":0,"by":"x",')],
  ['entries that are no UTF-8', withFile('entries.json', Uint8Array.of(0x5b, 0xff, 0x5d))],
  ['a note without its last newline', withFile('heads/0.note', encoded(textOf('heads/0.note').trimEnd()))],
  ['a proof for another size', withText('consistency/1.json', '"from":4', '"from":5'), 'bundle.container'],
];

test('every lie of the manifest and every second spelling is refused', () => {
  for (const [what, bytes, code = 'bundle.manifest'] of LIES) {
    assert.throws(() => readBundle(sha256, bytes), { name: 'Refusal', code }, what);
  }
});

test('a refusal names the file and the offset at which the reader stopped', () => {
  const facts = (bytes: Uint8Array): unknown => {
    try {
      return readBundle(sha256, bytes);
    } catch (refusal) {
      return refusal instanceof Error && 'facts' in refusal ? refusal.facts : refusal;
    }
  };
  const lying = withFile('entries.json', json({}));
  const at = Buffer.from(lying).indexOf('entries.json{}') + 'entries.json'.length;
  assert.deepEqual(facts(lying), { what: 'entries', file: 'entries.json', at });
  assert.deepEqual(facts(joined(bundle, json(0))), { what: 'trailing', at: bundle.length });
  const entries = Buffer.from(bundle).indexOf('[{"entry"');
  const size = entries - 'entries.json'.length - 12; // where the header states it
  assert.deepEqual(facts(bundle.slice(0, entries + 9)), { what: 'cut', file: 'entries.json', at: size });
  assert.deepEqual(facts(bundle.slice(0, -1)), { what: 'cut', at: bundle.length - 1 });
});

test('a file larger than a bundle may be is refused before it is read', () => {
  const large = new Uint8Array(BUNDLE_LIMITS.bytes + 1);
  assert.throws(() => readBundle(sha256, large), { name: 'Refusal', code: 'bundle.size' });
});
