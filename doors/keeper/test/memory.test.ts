import assert from 'node:assert/strict';
import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKeeper, USUAL_BUDGETS } from '@visor/keeper';
import { instant } from '@visor/record';
import { HOUSE, random, releaseOf, type TestKeeper, testKeeper, testPerson } from './keeper-folder.ts';

const journal = ({ folder }: TestKeeper): string => join(folder, 'memory.journal');

const openAgain = (folder: string, house = HOUSE, create = false) =>
  openKeeper({ folder, house, create, random, now: () => instant(0) });

test('a memory that a crash cut short opens at its last whole frame, wherever it was cut', async () => {
  await using kept = await testKeeper();
  const person = await testPerson(kept.port);
  const { site, key } = person;
  await kept.port.burn([{ site, person: key.person, below: 2, erased: false }]);
  const sure = (await stat(journal(kept))).size;
  await kept.port.burn([{ site, person: key.person, below: 9, erased: false }]);
  const whole = await readFile(journal(kept));
  for (let cut = sure; cut < whole.length; cut += 7) {
    await writeFile(journal(kept), whole.subarray(0, cut));
    await kept.crash();
    await assert.rejects(kept.port.release(releaseOf(person)), { code: 'keeper.serial.dead' }, `cut at ${cut}`);
    assert.equal((await stat(journal(kept))).size, sure);
  }
});

test('a last frame whose blocks never reached the disk is cut', async () => {
  await using kept = await testKeeper();
  const { site, key } = await testPerson(kept.port);
  const sure = (await stat(journal(kept))).size;
  await kept.port.burn([{ site, person: key.person, below: 2, erased: false }]);
  const whole = await readFile(journal(kept));
  await writeFile(journal(kept), Buffer.concat([whole.subarray(0, sure), Buffer.alloc(whole.length - sure)]));
  await kept.crash();
  assert.equal((await stat(journal(kept))).size, sure);
});

test('a memory damaged in the middle, emptied or taken away is refused', async () => {
  const damages: readonly (readonly [string, (path: string, sizes: readonly number[]) => Promise<void>])[] = [
    ['a changed byte in an early frame', (path, sizes) => flip(path, sizes[0]! + 12)],
    ['a changed length', (path, sizes) => flip(path, sizes[0]! + 5)],
    ['a frame left out', (path, sizes) => cutOut(path, sizes[0]!, sizes[1]!)],
    ['the first frame changed', (path) => flip(path, 30)],
    ['nothing left', (path) => truncate(path, 0)],
    ['no file', (path) => rm(path)],
  ];
  for (const [what, damage] of damages) {
    await using kept = await testKeeper();
    const { site, key } = await testPerson(kept.port);
    const sizes: number[] = [];
    for (const below of [2, 3, 4]) {
      sizes.push((await stat(journal(kept))).size);
      await kept.port.burn([{ site, person: key.person, below, erased: false }]);
    }
    await damage(journal(kept), sizes);
    await assert.rejects(kept.crash(), { code: 'keeper.damaged' }, what);
  }
});

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of(buffer[0]! ^ 0x40), 0, 1, at);
  await file.close();
}

async function cutOut(path: string, from: number, to: number): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
}

test('a folder of another house, of another root, or of nobody is refused by name', async () => {
  await using one = await testKeeper();
  await using two = await testKeeper();
  await testPerson(one.port);
  await assert.rejects(openAgain(one.folder, 'hse_other'), { code: 'keeper.foreign' });
  await copyFile(join(two.folder, 'house.root'), join(one.folder, 'house.root'));
  await assert.rejects(openAgain(one.folder), { code: 'keeper.foreign' });
  const empty = await mkdtemp(join(tmpdir(), 'visor-keeper-'));
  await assert.rejects(openAgain(empty), { code: 'keeper.missing' });
  await copyFile(join(two.folder, 'house.root'), join(empty, 'house.root'));
  await assert.rejects(openAgain(empty), { code: 'keeper.missing' });
  await rm(empty, { recursive: true });
});

test('the memory is written anew when it has grown, and says the same afterwards', async () => {
  await using kept = await testKeeper();
  const person = await testPerson(kept.port);
  const { site, key } = person;
  const names = Array.from({ length: 8_000 }, () => ({ site, person: key.person, below: 2, erased: false }));
  let grown = 0;
  for (let round = 0; round < 4; round += 1) {
    const before = (await stat(journal(kept))).size;
    await kept.port.burn(names);
    grown = Math.max(grown, before);
  }
  assert.ok(grown > 1024 * 1024, 'it grew');
  assert.ok((await stat(journal(kept))).size < 10_000, 'and was written anew');
  await kept.crash();
  await assert.rejects(kept.port.release(releaseOf(person)), { code: 'keeper.serial.dead' });
});

test('of a budget a restart takes back at most one portion, and never gives back', async () => {
  const budgets = { ...USUAL_BUDGETS, readsOfActor: 100, readsOfSite: 1000 };
  await using kept = await testKeeper(budgets);
  const person = await testPerson(kept.port);
  const key = { of: 'person' as const, key: person.key, group: person.group };
  const read = (actor: string) =>
    kept.port.readSeeds({ site: person.site, actor, groups: [{ entry: new Uint8Array(16), slot: 1, key }] });
  const spend = async (actor: string): Promise<number> => {
    for (let count = 0; ; count += 1) {
      try {
        await read(actor);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'vault.budget'); // only a Refusal comes here
        return count;
      }
    }
  };
  assert.equal(await spend('key_a'), 100);
  for (let i = 0; i < 15; i += 1) await read('key_b'); // ten and ten are reserved, five of them unspent
  await kept.crash();
  assert.equal(await spend('key_b'), 80);
  assert.equal(await spend('key_a'), 0);
  kept.clock.at += 1_800_000;
  assert.equal(await spend('key_a'), 50);
});
