import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromHex, hex, instant } from '@visor/record';
import { horizonText } from '@visor/vault';
import { enrolled, purposeOf, type SmallHouse, smallHouse, verified } from './small-house.ts';
import { copyRows, facesOpened, hkdf, type Rows } from './thief.ts';

const house = await smallHouse();
after(() => house[Symbol.asyncDispose]());

test('the HKDF of the thief is that of RFC 5869 (A.3, its first 32 bytes)', () => {
  const okm = hkdf(new Uint8Array(22).fill(0x0b), new Uint8Array(0));
  assert.equal(hex(okm), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
  assert.notDeepEqual(okm, fromHex('00'.repeat(32)));
});

/** Puts yesterday's rows of a person back, as a restored database would have them. */
async function putBack(house: SmallHouse, rows: Rows, person: string): Promise<void> {
  const { db } = house;
  for (const table of ['consent_secret', 'face', 'person'] as const) {
    await db.query({ text: `DELETE FROM ${table} WHERE person = $1`, values: [person] });
    for (const row of rows[table].filter((one) => one['person'] === person)) {
      const names = Object.keys(row);
      const places = names.map((_, at) => `$${at + 1}`).join(', ');
      await db.query({
        text: `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`,
        values: Object.values(row),
      });
    }
  }
  await db.query({ text: `UPDATE consent SET state = 'given', ended_at = NULL WHERE person = $1`, values: [person] });
}

test('after the end of the key generation nothing opens what was withdrawn or erased; before it, the certificate says that old copies still do', async () => {
  const { vault } = house;
  const keeperFolder = join(house.folder, 'keeper');
  const site = await house.site();
  const purpose = await purposeOf(house, site, 'login');
  const door = await purposeOf(house, site, 'door');
  const [withdrawn, erased, stays] = [
    await enrolled(house, { site, purpose, name: 'ann' }),
    await enrolled(house, { site, purpose, name: 'bob' }),
    await enrolled(house, { site, purpose, name: 'cem' }),
  ];
  const kept = await enrolled(house, { site, purpose: door, name: 'ann', person: withdrawn.person });
  const yesterday = await copyRows(house.db);
  const everything = new Set([withdrawn, erased, stays, kept].map(({ face }) => face));
  assert.deepEqual(await facesOpened(keeperFolder, [yesterday]), everything, 'the thief knows how');

  const gone = await vault.withdrawConsent(house.call(site), { consent: withdrawn.consent });
  await vault.erasePerson(house.call(site), { person: erased.person });
  const today = await copyRows(house.db);
  const left = new Set([stays.face, kept.face]);
  assert.deepEqual(await facesOpened(keeperFolder, [today]), left, 'with every living key and row');
  const mixed: Rows = { ...today, face: yesterday.face };
  assert.deepEqual(await facesOpened(keeperFolder, [mixed]), left, 'and the old sealed templates beside them');
  await assert.rejects(verified(house, withdrawn), { code: 'vault.consent.missing' });
  await assert.rejects(verified(house, erased), { code: 'vault.person.gone' });
  assert.deepEqual([await verified(house, kept), await verified(house, stays)], ['accept', 'accept']);

  // The keeper does not open yesterday's rows, whoever puts them back.
  for (const one of [withdrawn, erased]) {
    await putBack(house, yesterday, one.person);
    await house.reopen();
    await assert.rejects(verified(house, one), { code: 'keeper.serial.dead' });
    await putBack(house, today, one.person);
  }
  await house.db.query({
    text: `UPDATE consent SET state = 'withdrawn' WHERE consent = $1`,
    values: [withdrawn.consent],
  });
  await house.reopen();

  // Old copies together with the keeper's folder still open, and the certificate does not say otherwise.
  assert.deepEqual(await facesOpened(keeperFolder, [yesterday, today]), everything);
  const before = await vault.horizonOf(site.site, gone.result.horizon.generation);
  assert.equal(before.passed, false);
  assert.match(horizonText(before), /Not yet out of reach.*until key generation 1 ends/);

  house.clock.at += 7 * 86_400_000;
  await house.vault.enterCounts(async () => house.call(site));
  await house.vault.beginGeneration(house.call(site));
  while ((await house.vault.rewrap(site.site)) > 0);
  const end = { generation: 1, waived: false };
  await assert.rejects(house.vault.endGeneration(house.call(site), end), { code: 'keeper.generation.living' });
  const backup = await house.keeper.port.backup({ expires: instant(house.clock.at + 86_400_000) });
  await assert.rejects(house.vault.endGeneration(house.call(site), end), { code: 'keeper.generation.living' });
  await house.keeper.port.readBack({ bytes: backup });
  await house.vault.endGeneration(house.call(site), end);

  const now = await copyRows(house.db);
  assert.deepEqual(await facesOpened(keeperFolder, [yesterday, today, now]), left);
  const after = await house.vault.horizonOf(site.site, 1);
  assert.equal(after.passed, true);
  assert.match(horizonText(after), /Key generation 1 has ended/);
  assert.deepEqual([await verified(house, kept), await verified(house, stays)], ['accept', 'accept']);
});

test('a generation does not end under a row, a transaction or a backup that still names it', async () => {
  const { vault } = house;
  const site = await house.site();
  const purpose = await purposeOf(house, site, 'login');
  const of = await enrolled(house, { site, purpose, name: 'ann' });
  const end = { generation: 1, waived: true };
  const living = { code: 'keeper.generation.living' };
  await assert.rejects(vault.endGeneration(house.call(site), end), living); // it is the current one
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = (): void => undefined;
  const open = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const older = house.db.transaction(async (sql) => {
    await sql.query({ text: 'SELECT count(*) FROM person' });
    begun();
    await held;
  });
  await open;
  await vault.beginGeneration(house.call(site));
  await assert.rejects(vault.endGeneration(house.call(site), end), living); // an older transaction is open
  release();
  await older;
  await assert.rejects(vault.endGeneration(house.call(site), end), living); // rows name it
  while ((await vault.rewrap(site.site)) > 0);
  const ended = await vault.endGeneration(house.call(site), end);
  assert.deepEqual(ended.result, { generation: 1, rewrapped: 3 }); // a person, the organisation, the operator
  assert.equal(await verified(house, of), 'accept');
});

test('an act that was prepared before a switch of generations is carried out after it', async () => {
  const { vault } = house;
  const site = await house.site();
  const purpose = await purposeOf(house, site, 'login');
  const of = await enrolled(house, { site, purpose, name: 'ann' });
  await vault.beginGeneration(house.call(site));
  while ((await vault.rewrap(site.site)) > 0);
  await vault.endGeneration(house.call(site), { generation: 1, waived: true });
  // what this vault remembers is wrapped under a generation that is gone: it reads again, once
  assert.equal(await verified(house, of), 'accept');
  await vault.createPerson(house.call(site), {});
});
