/** The ledger on a disk that fails or fills, and entries that come late, twice or changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leafHash, openCheckpoint, verifyInclusion } from '@visor/ledger';
import { instant } from '@visor/record';
import { quickEntry, verifyEd25519 } from '../long/power-cuts/house.ts';
import { sha256 } from '../long/power-cuts/keeper.ts';
import { Rig } from '../long/power-cuts/rig.ts';

import { busy, check, refusal } from './ledger-rig.ts';

test('an entry is answered with its place, its leaf and a proof under a head that the keeper signed', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  const entered = await rig.enterAll(ledger, 300);
  assert.deepEqual(
    entered.map(({ index }) => index).sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  );
  for (const { index, leaf, note, size, proof } of entered.slice(0, 40)) {
    const head = openCheckpoint({ sha256, verify: verifyEd25519 }, note, rig.keeper.publicKey);
    assert.equal(head.size, size);
    verifyInclusion(sha256, { leafHash: leafHash(sha256, leaf), index, size, proof: await proof(), root: head.root });
  }
});

test('a failed sync ends the ledger until it is started again, and loses nothing then', async () => {
  const rig = new Rig();
  const ledger = await rig.open();
  const [first] = await rig.enter(ledger, 3);
  rig.disk.faults.fail = (operation, path) => (operation === 'sync' && path.endsWith('.wal') ? 'EIO' : undefined);
  const lost = rig.commit(ledger);
  assert.equal(await refusal(ledger.enter(rig.log, lost)), 'fault ledger');
  rig.disk.faults.fail = () => undefined;
  assert.equal(await refusal(ledger.enter(rig.log, rig.commit(ledger))), 'fault ledger'); // the next sync would lie
  assert.equal(busy(ledger), 'ledger.busy');
  await ledger[Symbol.asyncDispose]();
  {
    await using again = await rig.open();
    await rig.rounds();
    assert.deepEqual(await again.find(rig.log.site, lost.id), { index: 3 });
    assert.equal((await again.read(rig.log.origin, first!.index)).leaf.length, 53);
  }
  // the failed sync left the frame in the cache only: the start has to have written it once more
  rig.disk = rig.disk.afterCut(() => 0);
  await using after = await rig.open();
  assert.deepEqual(await after.find(rig.log.site, lost.id), { index: 3 });
});

test('on a full disk nothing is answered but what is owed to people, and all of it when there is room', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 1);
  await rig.stage.settle(20);
  rig.disk.faults.fail = (operation) => (operation === 'fill' ? 'ENOSPC' : undefined);
  const answered: number[] = [];
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < 60; i += 1) {
    waiting.push(ledger.enter(rig.log, rig.commit(ledger)).then(({ index }) => answered.push(index)));
    await rig.stage.settle(2);
  }
  assert.ok(answered.length > 5 && answered.length < 60, `${answered.length} fitted what was prepared`);
  assert.equal(busy(ledger), 'ledger.busy');
  assert.equal(busy(ledger, true), 'admitted');
  const urgent = await ledger.enter(rig.log, rig.commit(ledger, 'consent.withdrawn'));
  assert.equal(urgent.index, answered.length + 1);
  rig.disk.faults.fail = () => undefined;
  await rig.rounds(3);
  await Promise.all(waiting);
  assert.equal(answered.length, 60);
  assert.equal(busy(ledger), 'admitted');
  assert.deepEqual((await check(rig)).findings, []);
});

test('a write that finds no space is tried again and answered once', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 2);
  let fails = 2;
  rig.disk.faults.fail = (operation, path) =>
    operation === 'write' && path.endsWith('.wal') && fails-- > 0 ? 'ENOSPC' : undefined;
  const entering = ledger.enter(rig.log, rig.commit(ledger));
  await rig.rounds(4);
  assert.equal((await entering).index, 2);
  await rig.rounds();
  assert.deepEqual((await check(rig)).findings, []);
});

test('a row that nobody enters is swept in, and one that is entered late gets its one place', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  const [mine, forgotten] = [rig.commit(ledger), rig.commit(ledger)];
  await rig.rounds(3);
  assert.equal(await ledger.find(rig.log.site, forgotten.id), undefined); // its writer may still come
  await rig.stage.pass(11_000);
  await rig.rounds(4);
  const found = await ledger.find(rig.log.site, mine.id);
  assert.equal((await ledger.enter(rig.log, mine)).index, found?.index);
  assert.equal((await ledger.head(rig.log.origin))?.size, 2);
  assert.ok(rig.table.rows.every(({ prepared, entry_index }) => prepared === null && entry_index !== null));
  assert.equal(await ledger.find('sit_another', mine.id), undefined);
});

test('two calls for one entry are answered with the same place', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  const prepared = rig.commit(ledger);
  const [one, two] = await Promise.all([ledger.enter(rig.log, prepared), ledger.enter(rig.log, prepared)]);
  assert.equal(one.index, two.index);
  assert.equal((await ledger.enter(rig.log, prepared)).index, one.index);
  assert.equal(ledger.entries, 1);
});

test('an entry whose act did not happen is not entered', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  ledger.part(rig.log, quickEntry(rig.random), 'gate');
  await rig.stage.pass(40_000);
  await rig.rounds(3);
  assert.equal(ledger.entries, 0);
});

test('a row that was changed in the table is never entered, and stops the acts until somebody looks', async () => {
  const rig = new Rig();
  const ledger = await rig.open();
  rig.commit(ledger);
  await ledger[Symbol.asyncDispose](); // its writer died with it
  const { prepared } = rig.table.rows[0]!;
  prepared![100]! ^= 1;
  {
    await using again = await rig.open();
    await rig.rounds();
    assert.equal(again.entries, 0);
    assert.equal(busy(again), 'ledger.busy');
    assert.match(rig.said.join(), /Row 1 of the outbox does not hold the entry/);
  }
  prepared![100]! ^= 1;
  await using mended = await rig.open();
  await rig.rounds();
  assert.equal(mended.entries, 1);
  assert.equal(busy(mended), 'admitted');
});

test('log time never runs back, whatever the clock does', async () => {
  for (const granularity of [0, 1, 2] as const) {
    const rig = new Rig();
    let time = rig.stage.now();
    const stage = rig.stage;
    Object.defineProperty(stage, 'now', { value: () => instant(time) });
    await using ledger = await rig.open({ granularity });
    const times: number[] = [];
    for (const step of [0, 70_000, -3_600_000, 500, 61_000, -1]) {
      time = instant(time + step);
      times.push((await rig.enter(ledger))[0]!.time);
    }
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  }
});

test('an entry or a proof outside the log is refused', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 2);
  for (const work of [
    ledger.read(rig.log.origin, 2),
    ledger.read(rig.log.origin, -1),
    ledger.read('other', 0),
    ledger.prove(rig.log.origin, 0, 3),
    ledger.prove(rig.log.origin, 2, 2),
    ledger.consistency(rig.log.origin, 2, 1),
    ledger.consistency(rig.log.origin, 0.5, 1),
  ]) {
    assert.equal(await refusal(work), 'ledger.index');
  }
});
