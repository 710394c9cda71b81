import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBundle, bundleFields, readBundle } from '@visor/case/bundle';
import { liveIn, makeContents } from '@visor/case/rehearsal';
import { houseOf, sha256 } from './node-house.ts';
import { filesIn, rawZip } from './raw-zip.ts';

const [ONE, TWO] = ['visor.invalid/first/1', 'visor.invalid/second/1'];

function twoLogs(seed = 'two logs') {
  const house = houseOf(seed);
  const shown = [...liveIn(house, TWO, 5), ...liveIn(house, ONE, 7)];
  return makeContents(house, { origin: ONE, shown, earlier: { [ONE]: [6, 2], [TWO]: [3] } });
}

test('what is built is read back, in the one order that a bundle has', () => {
  const contents = twoLogs();
  const read = readBundle(sha256, buildBundle(sha256, contents));
  assert.equal(read.id, contents.id);
  assert.equal(read.made, contents.made);
  assert.deepEqual(read.key, contents.key);
  assert.deepEqual(
    read.logs.map(({ origin }) => origin),
    [ONE, TWO],
  );
  assert.deepEqual(
    read.logs[0]!.earlier.map(({ head }) => head.split('\n')[1]),
    ['2', '6'],
  );
  assert.deepEqual(
    read.entries.map(({ entry }) => [entry.log, entry.index]),
    [...[0, 1, 2, 3, 4, 5, 6, 7].map((index) => [ONE, index]), ...[0, 1, 2, 3, 4].map((index) => [TWO, index])],
  );
  assert.deepEqual(new Set(read.entries), new Set(contents.entries));
});

test('the same contents in any order are the same bytes', () => {
  const contents = twoLogs();
  const turned = {
    ...contents,
    entries: [...contents.entries].reverse(),
    logs: [...contents.logs].reverse().map((log) => ({ ...log, earlier: [...log.earlier].reverse() })),
  };
  assert.deepEqual(buildBundle(sha256, turned), buildBundle(sha256, contents));
  assert.deepEqual(buildBundle(sha256, contents), buildBundle(sha256, twoLogs()));
});

test('the container is the one that a plain writer of stored files makes, byte for byte', () => {
  const bytes = buildBundle(sha256, twoLogs());
  assert.deepEqual(bytes, rawZip(filesIn(bytes)));
});

test('the manifest comes first and lists every other file with its length and SHA-256', () => {
  const [manifest, ...files] = filesIn(buildBundle(sha256, twoLogs()));
  assert.equal(manifest!.name, 'manifest.json');
  const listed = JSON.parse(Buffer.from(manifest!.bytes).toString()).files;
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
  assert.deepEqual(
    listed,
    files.map(({ name, bytes }) => ({ name, sha256: digest(bytes), size: bytes.length })),
  );
  const notes = ['heads/0.note', 'heads/1.note', 'heads/2.note', 'heads/3.note', 'heads/4.note'];
  const proofs = ['consistency/1.json', 'consistency/2.json', 'consistency/4.json'];
  assert.deepEqual(
    files.map(({ name }) => name),
    ['README.txt', 'entries.json', ...notes, ...proofs],
  );
});

test('README.txt says in two languages what the bundle is, how to check it and what it cannot say', () => {
  const readme = Buffer.from(filesIn(buildBundle(sha256, twoLogs()))[1]!.bytes).toString();
  for (const phrase of [
    'HOW TO CHECK IT',
    'WHAT IT CANNOT SAY',
    '如何核验',
    '它不能说明什么',
    `${ONE}: 8 of its first 8 entries`,
  ]) {
    assert.ok(readme.includes(phrase), phrase);
  }
  assert.doesNotMatch(readme, /\b(verified|secure|guaranteed|anonymous)\b/i);
});

test('unzip and sha256sum agree with the container and the manifest', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'visor-case-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'bundle.zip');
  writeFileSync(file, buildBundle(sha256, twoLogs()));
  try {
    execFileSync('unzip', ['-v']);
  } catch {
    return t.skip('unzip is not installed');
  }
  assert.match(execFileSync('unzip', ['-t', file]).toString(), /No errors detected/);
  execFileSync('unzip', ['-q', file, '-d', folder]);
  const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  for (const { name, sha256: stated } of files) {
    const [found] = execFileSync('sha256sum', [join(folder, name)])
      .toString()
      .split(' ');
    assert.equal(found, Buffer.from(stated, 'base64').toString('hex'), name);
  }
});

test('a small bundle made once is still read, and made again to the same bytes', () => {
  const file = new URL('../../../fixtures/vectors/bundle-small.json', import.meta.url);
  const vector = JSON.parse(readFileSync(file, 'utf8'));
  const bytes = new Uint8Array(Buffer.from(vector.bundle, 'base64'));
  const read = readBundle(sha256, bytes);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), vector.sha256);
  assert.equal(read.entries.length, vector.entries);
  const turned = { ...read, entries: [...read.entries].reverse() };
  assert.equal(createHash('sha256').update(buildBundle(sha256, turned)).digest('hex'), vector.sha256);
});

test('what the house enters of a bundle is about every entry, what is shown of it, the id and the time', () => {
  const { id, made, entries } = twoLogs();
  const shown = entries.map(({ entry }) => entry);
  const fields = (over: Partial<Parameters<typeof bundleFields>[1]>): string =>
    JSON.stringify(bundleFields(sha256, { id, made, entries: shown, ...over }));
  assert.equal(fields({ entries: [...shown].reverse() }), fields({}));
  const [first, ...rest] = shown;
  const changed = [
    fields({ entries: rest }),
    fields({ entries: [...shown, first!] }),
    fields({ entries: [{ ...first!, groups: [{ slot: 0, root: 'AAAA' }, ...first!.groups.slice(1)] }, ...rest] }),
    fields({ id: 'bnd_00000000000000000000000000' }),
    fields({ made: (made + 1) as typeof made }), // still a whole millisecond
  ];
  assert.equal(new Set([...changed, fields({})]).size, 6);
});

test('parts that do not belong together are refused when a bundle is made', () => {
  const contents = twoLogs();
  const [first, ...rest] = contents.entries;
  const [log, other] = contents.logs;
  const foreign = log!.head.replaceAll(log!.origin, 'visor.invalid/third/1');
  const refusals = [
    { what: 'an entry of a log that is not named', contents: { ...contents, logs: [other!] } },
    { what: 'no log at all', contents: { ...contents, logs: [] } },
    { what: 'a log named twice', contents: { ...contents, logs: [log!, log!, other!] } },
    { what: 'the same entry twice', contents: { ...contents, entries: [first!, ...contents.entries] } },
    {
      what: 'a proof at another size',
      contents: { ...contents, entries: [{ ...first!, size: first!.size - 1 }, ...rest] },
    },
    {
      what: 'an entry past the head',
      contents: { ...contents, entries: [{ ...first!, entry: { ...first!.entry, index: 99 } }, ...rest] },
    },
    { what: 'a proof that is no hashes', contents: { ...contents, entries: [{ ...first!, proof: ['abc'] }, ...rest] } },
    { what: 'a head of another log', contents: { ...contents, logs: [{ ...log!, head: foreign }, other!] } },
    {
      what: 'an earlier head as large as the head',
      contents: { ...contents, logs: [{ ...log!, earlier: [{ head: log!.head, proof: [] }] }, other!] },
    },
    {
      what: 'an earlier head twice',
      contents: { ...contents, logs: [{ ...log!, earlier: [log!.earlier[0]!, log!.earlier[0]!] }, other!] },
    },
    {
      what: 'a head that is no note',
      contents: { ...contents, logs: [{ ...log!, head: 'signed, honestly' }, other!] },
    },
    { what: 'a key of another length', contents: { ...contents, key: new Uint8Array(31) } },
  ];
  for (const { what, contents: wrong } of refusals) {
    assert.throws(() => buildBundle(sha256, wrong), { name: 'Refusal', code: 'bundle.manifest' }, what);
  }
});
