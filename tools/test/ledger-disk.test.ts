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

test('on a full disk nothing is answered but what is owed to people, and all of it is entered when there is room', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 1);
  await rig.stage.settle(20);
  rig.disk.faults.fail = (operation) => (operation === 'fill' ? 'ENOSPC' : undefined);
  const answers: Promise<string>[] = [];
  for (let i = 0; i < 60; i += 1) {
    answers.push(refusal(ledger.enter(rig.log, rig.commit(ledger))));
    await rig.stage.settle(2);
  }
  assert.equal(busy(ledger), 'ledger.busy');
  assert.equal(busy(ledger, true), 'admitted');
  const urgent = await ledger.enter(rig.log, rig.commit(ledger, 'consent.withdrawn'));
  await rig.rounds(2);
  const said = await Promise.all(answers); // every writer was told, one way or the other
  const answered = said.filter((answer) => answer === 'no refusal').length;
  assert.ok(answered > 5 && answered < 60, `${answered} fitted what was prepared`);
  assert.equal(said.filter((answer) => answer === 'ledger.busy').length, 60 - answered);
  assert.equal(urgent.index, answered + 1);
  rig.disk.faults.fail = () => undefined;
  await rig.rounds(3);
  assert.equal(ledger.entries, 62);
  assert.equal(busy(ledger), 'admitted');
  assert.deepEqual((await check(rig)).findings, []);
});

test('when not even the reserve can be written, urgent acts are told so and are entered later', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  await rig.enter(ledger, 1);
  rig.disk.faults.fail = (operation, path) => (operation !== 'sync' || path.endsWith('.wal') ? 'ENOSPC' : undefined);
  const urgent = rig.commit(ledger, 'person.erased');
  const entering = refusal(ledger.enter(rig.log, urgent));
  await rig.rounds(2);
  assert.equal(await entering, 'ledger.busy');
  rig.disk.faults.fail = () => undefined;
  await rig.rounds(3);
  assert.deepEqual(await ledger.find(rig.log.site, urgent.id), { index: 1 });
});

for (const operation of ['write', 'sync'] as const) {
  test(`a ${operation} that finds no space is tried again, whatever is written in its place`, async () => {
    const rig = new Rig();
    {
      await using ledger = await rig.open();
      await rig.enter(ledger, 14); // one block is left in the segment
      let fails = 2;
      rig.disk.faults.fail = (what, path) =>
        what === operation && path.endsWith('.wal') && fails-- > 0 ? 'ENOSPC' : undefined;
      const first = rig.commit(ledger);
      const entering = refusal(ledger.enter(rig.log, first));
      await rig.stage.settle(10);
      rig.commit(ledger);
      const more = [0, 1, 2].map(() => refusal(ledger.enter(rig.log, rig.commit(ledger)))); // a longer frame, elsewhere
      await rig.rounds(4);
      assert.equal(await entering, 'ledger.busy');
      await Promise.all(more);
      assert.deepEqual(await ledger.find(rig.log.site, first.id), { index: 14 });
    }
    await using again = await rig.open(); // what the failed frames left looks like no damage
    assert.ok(again.entries >= 18);
    await rig.rounds();
    assert.deepEqual((await check(rig)).findings, []);
  });
}

test('a row that nobody enters is swept in, and one that is entered late gets its one place', async () => {
  const rig = new Rig();
  await using ledger = await rig.open();
  const [mine, forgotten] = [rig.commit(ledger), rig.commit(ledger)];
  await rig.rounds(3);
  assert.deepEqual(await ledger.find(rig.log.site, forgotten.id), { index: undefined }); // its writer may still come
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
