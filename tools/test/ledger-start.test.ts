/** The ledger beside other appenders, under keepers that are away or know more, and in folders that are not its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@visor/record';
import { TestKeeper } from '../long/power-cuts/keeper.ts';
import { FOLDER, Rig, seededBytes } from '../long/power-cuts/rig.ts';
import { TestTable } from '../long/power-cuts/table.ts';

import { busy, change, check, flip, pathsOf, refusal, stopped } from './ledger-rig.ts';

test('an old appender that wakes up signs nothing, and its entries are entered by the new one', async () => {
  const rig = new Rig();
  const old = await rig.open();
  await rig.enter(old, 2);
  const fresh = await rig.open();
  await rig.enter(fresh, 2);
  const prepared = rig.commit(old);
  assert.equal(await refusal(old.enter(rig.log, prepared)), 'keeper.lease');
  assert.equal(await refusal(old.enter(rig.log, rig.commit(old))), 'keeper.lease');
  assert.equal(busy(old), 'ledger.busy');
  await rig.rounds(3);
  assert.equal((await fresh.find(rig.log.site, prepared.id))?.index, 4);
  await old[Symbol.asyncDispose]();
  await fresh[Symbol.asyncDispose]();
  await using third = await rig.open(); // what the old one wrote in vain is passed over
  assert.equal((await third.head(rig.log.origin))?.size, 6);
  await rig.rounds();
  assert.deepEqual((await check(rig)).findings, []);
});

test('an old appender that writes while the new one reads is shut out already', async () => {
  const rig = new Rig();
  const old = await rig.open();
  await rig.enter(old, 3);
  const prepared = rig.commit(old);
  const heads = rig.keeper.heads.bind(rig.keeper);
  let outcome = '';
  rig.keeper.heads = async () => {
    outcome = await refusal(old.enter(rig.log, prepared)); // the frames have been read by now
    return heads();
  };
  await using fresh = await rig.open();
  assert.equal(outcome, 'keeper.lease');
  await rig.rounds(3);
  assert.equal((await fresh.find(rig.log.site, prepared.id))?.index, 3);
  await old[Symbol.asyncDispose]();
});

test('an appender whose lease was taken stops at its next renewal', async () => {
  const rig = new Rig();
  const old = await rig.open();
  await rig.table.query({
    name: 'ledger_lease_take',
    text: '',
    values: ['another node', rig.stage.now() + 60_000, new Uint8Array(16), rig.stage.now() + 20_000],
  });
  await rig.rounds(5);
  assert.equal(busy(old), 'ledger.busy');
  await old[Symbol.asyncDispose]();
});

test('a ledger waits while another node holds the lease', async () => {
  const rig = new Rig();
  await rig.table.query({
    name: 'ledger_lease_take',
    text: '',
    values: ['another node', rig.stage.now() + 60_000, new Uint8Array(16), rig.stage.now()],
  });
  assert.equal(await refusal(rig.open()), 'fault ledger');
});

const FOREIGN: readonly [string, (rig: Rig) => void, string][] = [
  [
    'a database of another house',
    (rig) => {
      rig.table = new TestTable();
    },
    'ledger.foreign',
  ],
  [
    'a keeper of another house',
    (rig) => {
      rig.keeper = new TestKeeper(seededBytes(9)(32));
    },
    'ledger.foreign',
  ],
  [
    'an older copy of the segments',
    (rig) => {
      for (const path of pathsOf(rig, '/wal/'))
        change(rig, path, (bytes) => (path.endsWith('.wal') ? new Uint8Array(bytes.length) : bytes));
    },
    'keeper.rollback',
  ],
  ['a frame changed in the middle', (rig) => change(rig, pathsOf(rig, '.wal')[0]!, flip(4096 + 700)), 'ledger.damaged'],
  [
    'the last frame changed after it was answered',
    (rig) => change(rig, pathsOf(rig, '.wal')[0]!, flip(4096 * 5 + 700)),
    'ledger.damaged',
  ],
  [
    'the last frame changed and no public file left',
    (rig) => {
      change(rig, pathsOf(rig, '.wal')[0]!, flip(4096 * 5 + 700));
      for (const path of pathsOf(rig, '/logs/')) void rig.disk.remove(path);
    },
    'keeper.rollback',
  ],
  ['the header of a segment changed', (rig) => change(rig, pathsOf(rig, '.wal')[0]!, flip(20)), 'ledger.damaged'],
  ['the first segment missing', (rig) => void rig.disk.remove(pathsOf(rig, '.wal')[0]!), 'keeper.rollback'],
  [
    'an anchor card that is none',
    (rig) => change(rig, `${FOLDER}/anchor.txt`, (bytes) => bytes.slice(1)),
    'bundle.trust',
  ],
];
for (const [what, spoil, expected] of FOREIGN) {
  test(`a ledger with ${what} is refused, and nothing on the disk is changed`, async () => {
    const rig = new Rig();
    await stopped(rig, 5);
    spoil(rig);
    const before = new Map(
      [...rig.disk.files()].filter(([path]) => path.endsWith('.wal')).map(([path, bytes]) => [path, bytes.slice()]),
    );
    assert.equal(await refusal(rig.open()), expected);
    for (const [path, bytes] of before) assert.deepEqual(rig.disk.files().get(path), bytes, path);
  });
}

test('a keeper that signed another tree of the same size is found out', async () => {
  const rig = new Rig();
  await stopped(rig, 3);
  const other = new TestKeeper(seededBytes(1)(32)); // the same key
  await other.sign({
    lease: 1,
    logs: [{ origin: rig.log.origin, from: 0, leaves: [1, 2, 3].map((n) => new Uint8Array(53).fill(n)) }],
  });
  rig.keeper = other;
  assert.equal(await refusal(rig.open()), 'keeper.fork');
});

test('a keeper that has forgotten catches up and signs on', async () => {
  const rig = new Rig();
  await stopped(rig, 6);
  rig.keeper = new TestKeeper(seededBytes(1)(32)); // the same key and no memory
  await using ledger = await rig.open();
  assert.equal((await rig.keeper.heads())[0]?.size, 6);
  assert.match(ledger.repaired.join(), /^6 entries were durable but not signed/);
  assert.equal((await rig.enter(ledger))[0]!.index, 6);
});

test('while the keeper is away nothing is answered; what was durable is signed when it comes back', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 2);
  rig.keeper.before = () => {
    throw new Fault('keeper', 'away');
  };
  const prepared = rig.commit(ledger);
  assert.equal(await refusal(ledger.enter(rig.log, prepared)), 'fault keeper');
  assert.equal(busy(ledger), 'ledger.busy');
  assert.equal(await refusal(ledger.enter(rig.log, prepared)), 'ledger.busy'); // durable, and no head covers it
  rig.keeper.before = () => undefined;
  rig.keeper.restart(false); // and it forgot what it had not synced
  await rig.rounds(2);
  assert.equal(busy(ledger), 'admitted');
  assert.equal((await ledger.enter(rig.log, prepared)).index, 2);
  assert.equal((await ledger.head(rig.log.origin))?.size, 3);
});
