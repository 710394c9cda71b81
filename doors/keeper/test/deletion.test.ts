import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromHex, hex, instant } from '@visor/record';
import { horizonText } from '@visor/vault';
import { type Enrolled, enrolled, purposeOf, type Site, type SmallHouse, smallHouse, verified } from './small-house.ts';
import { copyRows, facesOpened, hkdf, type Rows } from './thief.ts';

const house = await smallHouse();
after(() => house[Symbol.asyncDispose]());

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

interface Story {
  readonly keeperFolder: string;
  readonly withdrawn: Enrolled;
  readonly erased: Enrolled;
  readonly left: readonly Enrolled[];
  readonly yesterday: Rows;
  readonly today: Rows;
  readonly generation: number;
}

/** Four faces; one consent is withdrawn and one person erased. Rows are copied before and after. */
async function told(site: Site): Promise<Story> {
  const { vault } = house;
  const [login, door] = [await purposeOf(house, site, 'login'), await purposeOf(house, site, 'door')];
  const withdrawn = await enrolled(house, { site, purpose: login, name: 'ann' });
  const erased = await enrolled(house, { site, purpose: login, name: 'bob' });
  const left = [
    await enrolled(house, { site, purpose: login, name: 'cem' }),
    await enrolled(house, { site, purpose: door, name: 'ann', person: withdrawn.person }),
  ];
  const yesterday = await copyRows(house.db);
  const gone = await vault.withdrawConsent(house.call(site), { consent: withdrawn.consent });
  await vault.erasePerson(house.call(site), { person: erased.person });
  const { generation } = gone.result.horizon;
  const keeperFolder = join(house.folder, 'keeper');
  return { keeperFolder, withdrawn, erased, left, yesterday, today: await copyRows(house.db), generation };
}

const facesIn = (...all: readonly Enrolled[]): Set<string> => new Set(all.map(({ face }) => face));

async function accepted(all: readonly Enrolled[]): Promise<void> {
  for (const one of all) assert.equal(await verified(house, one), 'accept', one.name);
}

const site = await house.site();
const story = await told(site);

test('the HKDF of the thief is that of RFC 5869 (A.3, its first 32 bytes)', () => {
  const okm = hkdf(new Uint8Array(22).fill(0x0b), new Uint8Array(0));
  assert.equal(hex(okm), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
  assert.notDeepEqual(okm, fromHex('00'.repeat(32)));
});

test('with every living key and every row in hand, what was withdrawn or erased does not open', async () => {
  const { keeperFolder, withdrawn, erased, left, yesterday, today } = story;
  assert.deepEqual(await facesOpened(keeperFolder, [today]), facesIn(...left));
  const mixed: Rows = { ...today, face: yesterday.face };
  assert.deepEqual(
    await facesOpened(keeperFolder, [mixed]),
    facesIn(...left),
    'with the old sealed templates beside them',
  );
  await assert.rejects(verified(house, withdrawn), { code: 'vault.consent.missing' });
  await assert.rejects(verified(house, erased), { code: 'vault.person.gone' });
  await accepted(left);
});

test("the keeper opens none of yesterday's rows, whoever puts them back", async () => {
  const { withdrawn, erased, yesterday, today } = story;
  for (const one of [withdrawn, erased]) {
    await putBack(house, yesterday, one.person);
    await house.reopen();
    await assert.rejects(verified(house, one), { code: 'vault.sealed' });
    await putBack(house, today, one.person);
  }
  const again = `UPDATE consent SET state = 'withdrawn' WHERE consent = $1`;
  await house.db.query({ text: again, values: [withdrawn.consent] });
  await house.reopen();
  await accepted(story.left);
});

test("before the generation ends, old rows open beside the keeper's folder, and the certificate says so", async () => {
  const { keeperFolder, withdrawn, erased, left, yesterday, today } = story;
  assert.deepEqual(await facesOpened(keeperFolder, [yesterday, today]), facesIn(withdrawn, erased, ...left));
  const horizon = await house.vault.horizonOf(site.site, story.generation);
  assert.equal(horizon.passed, false);
  assert.match(horizonText(horizon), /Not yet out of reach.*until key generation 1 ends/);
});

test("after it has ended, nobody opens what was withdrawn or erased: not with all rows, the keeper's folder and the house root", async () => {
  const { keeperFolder, left, yesterday, today } = story;
  const { vault } = house;
  house.clock.at += 7 * 86_400_000;
  await vault.enterCounts(async () => house.call(site));
  await vault.beginGeneration(house.call(site));
  while ((await vault.rewrap(site.site)) > 0);
  const end = { generation: 1, waived: false };
  await assert.rejects(vault.endGeneration(house.call(site), end), { code: 'keeper.generation.living' });
  const bytes = await house.keeper.port.backup({ expires: instant(house.clock.at + 86_400_000) });
  await assert.rejects(vault.endGeneration(house.call(site), end), { code: 'keeper.generation.living' });
  await house.keeper.port.readBack({ bytes });
  await vault.endGeneration(house.call(site), end);
  const now = await copyRows(house.db);
  assert.deepEqual(await facesOpened(keeperFolder, [yesterday, today, now]), facesIn(...left));
  const horizon = await vault.horizonOf(site.site, story.generation);
  assert.equal(horizon.passed, true);
  assert.match(horizonText(horizon), /Key generation 1 has ended/);
  await accepted(left);
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
  await assert.rejects(vault.endGeneration(house.call(site), end), living); // rows name it
  while ((await vault.rewrap(site.site)) > 0);
  await assert.rejects(vault.endGeneration(house.call(site), end), living); // an older transaction is open
  release();
  await older;
  const ended = await vault.endGeneration(house.call(site), end);
  assert.deepEqual(ended.result, { generation: 1, rewrapped: 3 }); // a person, the organisation, the operator
  assert.equal(await verified(house, of), 'accept');
  await vault.beginGeneration(house.call(site));
  const next = { generation: 2, waived: true };
  await assert.rejects(vault.endGeneration(house.call(site), next), living); // rows alone are enough to name it
  while ((await vault.rewrap(site.site)) > 0);
  await vault.endGeneration(house.call(site), next);
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
