/** The public files, and the check of a folder that somebody changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeFrame,
  encodeFrame,
  type FrameEntry,
  frameLength,
  leafHash,
  openCheckpoint,
  parseProofText,
  verifyInclusion,
} from '@visor/ledger';
import { proveEntry } from '@visor/ledger/store';
import { type Bytes, text } from '@visor/record';
import { verifyEd25519 } from '../long/power-cuts/house.ts';
import { sha256, TestKeeper } from '../long/power-cuts/keeper.ts';
import { FOLDER, Rig, seededBytes } from '../long/power-cuts/rig.ts';
import { seeded } from '../long-run.ts';

import { change, check, flip, pathsOf, refusal, stopped } from './ledger-rig.ts';

test('public files have the names and sizes of tlog-tiles, and only those that the checkpoint needs', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enterAll(ledger, 200);
  await rig.rounds();
  await rig.enterAll(ledger, 370);
  await rig.rounds();
  const folder = pathsOf(rig, '/checkpoint')[0]!.replace('checkpoint', '');
  const names = pathsOf(rig, '/tile/').map((path) => path.replace(folder, ''));
  const full = ['tile/0/000', 'tile/0/001', 'tile/entries/000', 'tile/entries/001'];
  assert.deepEqual(names, ['tile/0/002.p/58', 'tile/1/000.p/2', 'tile/entries/002.p/58', ...full].sort());
  const sizeOf = (name: string): number => rig.disk.files().get(folder + name)!.length;
  assert.deepEqual([sizeOf('tile/0/000'), sizeOf('tile/1/000.p/2'), sizeOf('tile/entries/000')], [8192, 64, 256 * 55]);
  assert.equal(text(rig.disk.files().get(`${folder}checkpoint`)!).split('\n')[1], '570');
  assert.equal(text(rig.disk.files().get(`${folder}origin`)!), `${rig.log.origin}\n`);
});

test('a tile that is missing or changed is made again, and the proof holds', async () => {
  const rig = new Rig();
  {
    await using ledger = await rig.open();
    await rig.enterAll(ledger, 600);
    await rig.rounds();
  }
  await rig.disk.remove(pathsOf(rig, 'tile/0/000')[0]!);
  change(rig, pathsOf(rig, 'tile/0/001')[0]!, flip(77));
  await using ledger = await rig.open();
  for (const index of [3, 300, 599]) {
    const { leaf } = await ledger.read(rig.log.origin, index);
    const { size, root } = (await ledger.head(rig.log.origin))!;
    const proof = await ledger.prove(rig.log.origin, index, size);
    verifyInclusion(sha256, { leafHash: leafHash(sha256, leaf), index, size, proof, root });
  }
  await rig.rounds();
  assert.deepEqual((await check(rig)).findings, []);
});

const SPOILT: readonly [string, string, (rig: Rig) => void][] = [
  ['a leaf hash in a tile', 'tile', (rig) => change(rig, pathsOf(rig, 'tile/0/000')[0]!, flip(5))],
  ['a hash in a partial tile', 'tile', (rig) => change(rig, pathsOf(rig, 'tile/1/000.p/')[0]!, flip(5))],
  ['a leaf in a bundle', 'entries', (rig) => change(rig, pathsOf(rig, 'tile/entries/000')[0]!, flip(99))],
  [
    'a tile longer than it should be',
    'tile',
    (rig) => change(rig, pathsOf(rig, 'tile/0/000')[0]!, (bytes) => Uint8Array.from([...bytes, 0])),
  ],
  ['a tile that is gone', 'missing', (rig) => void rig.disk.remove(pathsOf(rig, 'tile/0/000')[0]!)],
  ['a bundle that is gone', 'missing', (rig) => void rig.disk.remove(pathsOf(rig, 'tile/entries/001')[0]!)],
  [
    'a checkpoint signed by another',
    'checkpoint',
    (rig) => {
      rig.keeper = new TestKeeper(seededBytes(9)(32));
    },
  ],
  [
    'a checkpoint cut short',
    'checkpoint',
    (rig) => change(rig, pathsOf(rig, '/checkpoint')[0]!, (bytes) => bytes.slice(0, -9)),
  ],
  ['a byte of a frame', 'chain', (rig) => change(rig, pathsOf(rig, '.wal')[0]!, flip(9000))],
  ['the last segment', 'missing', (rig) => void rig.disk.remove(pathsOf(rig, '.wal').at(-1)!)],
  ['a segment in the middle', 'chain', (rig) => void rig.disk.remove(pathsOf(rig, '.wal')[1]!)],
  ['an anchor card that is none', 'anchor', (rig) => change(rig, `${FOLDER}/anchor.txt`, (bytes) => bytes.slice(2))],
];
for (const [what, found, spoil] of SPOILT) {
  test(`the check finds ${what}`, async () => {
    const rig = new Rig();
    {
      await using ledger = await rig.open();
      await rig.enterAll(ledger, 300);
      await rig.rounds();
      await rig.enterAll(ledger, 10);
      await rig.rounds();
    }
    assert.deepEqual((await check(rig)).findings, []);
    spoil(rig);
    const { findings } = await check(rig);
    assert.ok(
      findings.some((finding) => finding.what === found),
      JSON.stringify(findings),
    );
  });
}

test('the check finds every one of two hundred bits flipped anywhere in the folder', async () => {
  const rig = new Rig();
  {
    await using ledger = await rig.open();
    await rig.enterAll(ledger, 300);
    await rig.rounds();
  }
  const chance = seeded(5);
  const paths = [...rig.disk.files().keys()].filter((path) => !/\/(spare|reserve|holder|origin)$/.test(path));
  for (let i = 0; i < 200; i += 1) {
    const path = paths[Math.floor(chance() * paths.length)]!;
    const was = rig.disk.files().get(path)!.slice();
    const end = path.endsWith('.wal') ? lastByte(was) : was.length;
    const at = Math.floor(chance() * end);
    if (path.endsWith('.wal') && isPadding(was, at)) continue;
    change(rig, path, (bytes) => bytes.with(at, bytes[at]! ^ (1 << Math.floor(chance() * 8))));
    assert.notDeepEqual((await check(rig)).findings, [], `${path} at ${at}`);
    rig.disk.plant(path, was);
  }
});

const BLOCK = 4096; // frames begin at whole blocks, behind the one that names the segment

/** What somebody with the disk and no key can do: change entries, and make the chain of frames again behind them. */
function rewritten(bytes: Bytes, spoil: (entry: FrameEntry) => FrameEntry): Bytes {
  const out = bytes.slice();
  let previous: Bytes | undefined;
  for (let at = BLOCK; at < out.length; ) {
    const length = frameLength(out.subarray(at));
    if (length === undefined) break;
    const { hash: _, ...frame } = decodeFrame(sha256, bytes.subarray(at, at + length));
    const again = encodeFrame(sha256, {
      ...{ ...frame, previous: previous ?? frame.previous },
      entries: frame.entries.map(spoil),
    });
    out.set(again, at);
    previous = again.slice(-32);
    at = Math.ceil((at + length) / BLOCK) * BLOCK;
  }
  return out;
}

test('group roots that were changed are found, although every frame and its chain are whole', async () => {
  const rig = new Rig();
  await stopped(rig, 10);
  const path = pathsOf(rig, '.wal')[0]!;
  const was = rig.disk.files().get(path)!.slice();
  rig.disk.plant(
    path,
    rewritten(was, (entry) => entry),
  );
  assert.deepEqual((await check(rig)).findings, [], 'made again as they were');
  const spoil = (entry: FrameEntry): FrameEntry => ({ ...entry, roots: entry.roots.with(3, new Uint8Array(32)) });
  rig.disk.plant(path, rewritten(was, spoil));
  const { findings } = await check(rig);
  assert.equal(findings.length, 10);
  assert.deepEqual(findings[7], { what: 'fields', file: findings[0]!.file, log: rig.log.origin, index: 7 });
});

const lastByte = (bytes: Bytes): number => bytes.findLastIndex((byte) => byte !== 0) + 1;
/** Zeros between two frames belong to neither; sixteen zeros in a row are not part of sealed bytes. */
const isPadding = (bytes: Bytes, at: number): boolean =>
  bytes.subarray(Math.max(0, at - 16), at + 1).every((byte) => byte === 0) ||
  bytes.subarray(at, at + 17).every((byte) => byte === 0);

test('a proof made from the public files alone holds, and names what is missing', async () => {
  const rig = new Rig();
  await stopped(rig, 20);
  const plan = { folder: FOLDER, files: rig.disk, sha256, verify: verifyEd25519, publicKey: rig.keeper.publicKey };
  const { index, proof, checkpoint } = parseProofText(await proveEntry({ ...plan, index: 13 }));
  const head = openCheckpoint(plan, checkpoint, rig.keeper.publicKey);
  await using ledger = await rig.open();
  const { leaf } = await ledger.read(rig.log.origin, 13);
  verifyInclusion(sha256, { leafHash: leafHash(sha256, leaf), index, size: head.size, proof, root: head.root });
  assert.equal(await refusal(proveEntry({ ...plan, index: 20 })), 'ledger.index');
  assert.equal(await refusal(proveEntry({ ...plan, index: 1, origin: 'visor.invalid/other/1' })), 'ledger.index');
  assert.equal(
    await refusal(proveEntry({ ...plan, index: 1, publicKey: seededBytes(3)(32) })),
    'ledger.note.signature',
  );
});
