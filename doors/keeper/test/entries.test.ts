import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkDisclosure } from '@visor/ledger';
import { type Bytes, bytesOfId } from '@visor/record';
import type { Call, Receipt } from '@visor/vault';
import { shownBy as shownWith } from './receipt.ts';
import { enrolled, picture, purposeOf, smallHouse, tools, verified } from './small-house.ts';

const house = await smallHouse();
after(() => house[Symbol.asyncDispose]());
const { log: logKey } = await house.keeper.port.publicKeys();
const shownBy = (receipt: Receipt) => shownWith(receipt, logKey);
const site = await house.site();

test('the same request is carried out once', async () => {
  await house.db.query({ text: 'CREATE TABLE once (site text, entry bytea)' });
  const gate = (entry: Bytes) => ({
    name: 'gate',
    text: `INSERT INTO once SELECT $1::text, $2::bytea FROM living
      WHERE NOT EXISTS (SELECT 1 FROM once WHERE site = $1) RETURNING 1`,
    values: [site.site, entry],
  });
  const first = await house.vault.createPerson(house.call(site, { gate }), { reference: 'user 17' });
  await assert.rejects(house.vault.createPerson(house.call(site, { gate }), { reference: 'user 17' }), {
    code: 'request.repeated',
  });
  const [row] = await house.db.query<{ entry: Bytes }>({ text: 'SELECT entry FROM once' });
  assert.deepEqual(row!.entry, bytesOfId(first.entryId));
  const again = await house.vault.replay(house.call(site), row!.entry);
  assert.deepEqual([again.kind, again.subject?.['person']], ['person.created', first.result.person]);
  assert.deepEqual(shownBy(again.receipt), shownBy(first.receipt));
});

test('a reference finds its person, stands nowhere in clear, and is not taken twice', async () => {
  const reference = 'canary-reference-4711';
  const made = await house.vault.createPerson(house.call(site), { reference });
  assert.equal((await house.vault.findPerson(site.site, reference)).person, made.result.person);
  await assert.rejects(house.vault.createPerson(house.call(site), { reference }), { code: 'request.state' });
  const [found] = await house.db.query<{ found: boolean }>({
    text: `SELECT strpos(encode(convert_to((SELECT string_agg(p::text, '') FROM person p), 'UTF8'), 'escape'), $1) > 0 AS found`,
    values: [reference],
  });
  assert.equal(found!.found, false);
  await house.vault.erasePerson(house.call(site), { person: made.result.person });
  await assert.rejects(house.vault.findPerson(site.site, reference), { code: 'request.not-found' });
});

test('reading entries is entered once a person shown; an erased person shows no more, the facts of the erasure do', async () => {
  const own = await house.site();
  const purpose = await purposeOf(house, own, 'login');
  const [ann, bob] = [
    await enrolled(house, { site: own, purpose, name: 'ann' }),
    await enrolled(house, { site: own, purpose, name: 'bob' }),
  ];
  await house.vault.erasePerson(house.call(own), { person: bob.person });
  const before = (await house.entries.head(own.origin))!.size;
  const read = await house.vault.readEntries(house.call(own), { from: 0, limit: 20 });
  assert.equal(read.receipts.length, 1);
  assert.equal(shownBy(read.receipts[0]!)['1.person'], ann.person);
  assert.equal((await house.entries.head(own.origin))!.size, before + 1);
  const people = read.entries.map(({ subject }) => subject?.['person'] ?? null);
  assert.ok(people.includes(ann.person) && !people.includes(bob.person));
  const erasure = read.entries.find(({ kind }) => kind === 'person.erased')!;
  assert.deepEqual(
    [erasure.organisation?.['faces'], erasure.organisation?.['consents'], erasure.subject],
    [1, 1, null],
  );
  assert.ok(read.entries.every(({ actor }) => actor?.['name'] === 'A clerk'));
});

test('a bundle is shown what the house can open, without what is withheld', async () => {
  const own = await house.site();
  const purpose = await purposeOf(house, own, 'login');
  const ann = await enrolled(house, { site: own, purpose, name: 'ann' });
  await verified(house, ann);
  const disclosed = await house.vault.discloseEntries(house.call(own), {
    from: 0,
    limit: 100,
    withhold: ['score_band'],
  });
  const opened = disclosed.flatMap((entry) => checkDisclosure(tools.sha256, entry).opened.map(({ name }) => name));
  assert.ok(opened.includes('decision') && opened.includes('name') && !opened.includes('score_band'));
});

test('releases that stand in entries are counted as such, others are named', async () => {
  const own = await house.site();
  const purpose = await purposeOf(house, own, 'login');
  const ann = await enrolled(house, { site: own, purpose, name: 'ann' });
  await verified(house, ann);
  const [row] = await house.db.query<{ wrap: Bytes; serial: number; generation: number }>({
    text: 'SELECT wrap, serial, generation FROM person WHERE person = $1',
    values: [ann.person],
  });
  const [secret] = await house.db.query<{ wrap: Bytes }>({
    text: 'SELECT wrap FROM consent_secret WHERE consent = $1',
    values: [ann.consent],
  });
  const request = { site: own.site, key: { person: ann.person, ...row! }, consent: ann.consent, secret: secret!.wrap };
  const stray = await house.keeper.port.release({ ...request, purpose, version: 1 }); // as a thief in the server would
  house.clock.at += 3 * 60_000;
  const callFor = async (of: string): Promise<Call> => house.call({ site: of, origin: `visor.invalid/${of}/1` });
  assert.ok((await house.vault.enterCounts(callFor)) >= 1);
  assert.equal(await house.vault.enterCounts(callFor), 0);
  const size = (await house.entries.head(own.origin))!.size;
  const { entries } = await house.vault.readEntries(house.call(own), { from: size - 1, limit: 1 });
  assert.equal(entries[0]!.kind, 'release.counted');
  assert.deepEqual(entries[0]!.organisation?.['unmatched'], { count: 1, numbers: [stray.number.count] });
});

test('two withdrawals at once, and a consent given meanwhile, lose nothing', async () => {
  const [one, two, three] = [
    await purposeOf(house, site, 'p1'),
    await purposeOf(house, site, 'p2'),
    await purposeOf(house, site, 'p3'),
  ];
  const first = await enrolled(house, { site, purpose: one, name: 'ann' });
  const { person } = first;
  const second = await enrolled(house, { site, purpose: two, name: 'ann', person });
  const third = await enrolled(house, { site, purpose: three, name: 'ann', person });
  const fourth = await purposeOf(house, site, 'p4');
  const given = { person, purpose: fourth, notice: 'n', level: 'captured' as const };
  const outcomes = await Promise.allSettled([
    house.vault.withdrawConsent(house.call(site), { consent: first.consent }),
    house.vault.withdrawConsent(house.call(site), { consent: second.consent }),
    house.vault.giveConsent(house.call(site), given),
  ]);
  for (const outcome of outcomes) {
    // whoever came too late twice is told so, and nothing of it is done
    if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'vault.serial');
  }
  assert.equal(await verified(house, third), 'accept');
  for (const [at, of] of [first, second].entries()) {
    const done = outcomes[at]!.status === 'fulfilled';
    if (done) await assert.rejects(verified(house, of), { code: 'vault.consent.missing' });
    else assert.equal(await verified(house, of), 'accept');
  }
  if (outcomes[2].status === 'fulfilled') {
    await house.vault.enrolFace(house.call(site), { person, purpose: fourth, pictures: [picture('ann')] });
  }
});
