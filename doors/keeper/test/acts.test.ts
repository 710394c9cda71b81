import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Bytes, canonicalBytes, fromBase64, newId, text } from '@visor/record';
import type { Call, Receipt } from '@visor/vault';
import { shownBy as shownWith, verify } from './receipt.ts';
import { enrolled, FAR, picture, purposeOf, random, smallHouse, verified } from './small-house.ts';

const house = await smallHouse();
after(() => house[Symbol.asyncDispose]());
const { log: logKey } = await house.keeper.port.publicKeys();
const shownBy = (receipt: Receipt) => shownWith(receipt, logKey);
const site = await house.site();
const login = await purposeOf(house, site, 'login');

test('the right one is let in, another is not, and each gets a receipt that stands by itself', async () => {
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  for (const [name, decision] of [
    ['ann~0.3', 'accept'],
    ['bob', 'refuse'],
  ] as const) {
    const done = await house.vault.verifyFace(house.call(site), {
      person: ann.person,
      purpose: login,
      picture: picture(name),
    });
    assert.equal(done.result.decision, decision);
    assert.equal(done.result.presence, 'not checked');
    const shown = shownBy(done.receipt);
    assert.equal(shown['1.decision'], decision);
    assert.equal(shown['1.person'], ann.person);
    assert.equal(shown['1.presence'], 'not checked');
    assert.ok(!('1.score_band' in shown) && !JSON.stringify(done.result).includes(done.scoreBand), 'no score');
    const { signed } = done.result;
    const said = canonicalBytes(signed.decision);
    assert.ok(verify(fromBase64(signed.key), said, fromBase64(signed.signature)));
    assert.equal(signed.decision['entry'], done.entryId);
  }
});

test('a consent for one purpose opens nothing for another', async () => {
  const door = await purposeOf(house, site, 'door');
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  await assert.rejects(verified(house, { ...ann, purpose: door }), { code: 'vault.consent.missing' });
});

test('only the picture of a purpose that keeps one is shown, against two entries and a reason', async () => {
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  await assert.rejects(house.vault.openFace(house.call(site), { face: ann.face }), { code: 'request.reason' });
  const done = await house.vault.openFace(house.call(site, { reason: 'a dispute' }), { face: ann.face });
  assert.equal(text(done.result.picture), 'picture of ann');
  assert.equal(shownBy(done.intended)['1.kind'], 'open.intended');
  assert.equal(shownBy(done.receipt)['1.reason'], 'a dispute');
  assert.ok(done.intended.entry.index < done.receipt.entry.index);
  const bare = await house.vault.createPurpose(house.call(site), {
    name: 'bare',
    pictureKept: false,
    days: 1,
    asserted: false,
    far: FAR,
  });
  const bob = await enrolled(house, { site, purpose: bare.result.purpose, name: 'bob' });
  await assert.rejects(house.vault.openFace(house.call(site, { reason: 'x' }), { face: bob.face }), {
    code: 'request.state',
  });
});

test('what does not exist here, or exists elsewhere, is not found', async () => {
  const other = await house.site();
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  const theirs = await purposeOf(house, other, 'login');
  const { vault } = house;
  const call = (): Call => house.call(other, { reason: 'x' });
  const found = { name: 'Refusal', code: 'request.not-found' };
  for (const [what, act] of [
    [
      'a consent',
      () => vault.giveConsent(call(), { person: ann.person, purpose: theirs, notice: 'n', level: 'captured' }),
    ],
    [
      'a purpose',
      () => vault.giveConsent(call(), { person: ann.person, purpose: login, notice: 'n', level: 'captured' }),
    ],
    [
      'an enrolment',
      () => vault.enrolFace(call(), { person: ann.person, purpose: theirs, pictures: [picture('ann')] }),
    ],
    [
      'a verification',
      () => vault.verifyFace(call(), { person: ann.person, purpose: theirs, picture: picture('ann') }),
    ],
    ['an opening', () => vault.openFace(call(), { face: ann.face })],
    ['a withdrawal', () => vault.withdrawConsent(call(), { consent: ann.consent })],
    ['an erasure', () => vault.erasePerson(call(), { person: ann.person })],
    ['a renewal', () => vault.renewFace(call(), { face: ann.face })],
    ['a person', () => vault.getPerson(other.site, ann.person)],
    ['a face', () => vault.getFace(other.site, ann.face)],
    ['a receipt', () => vault.receiptOf(call(), random(16))],
    ['an unknown person', () => vault.erasePerson(house.call(site), { person: newId('per', random) })],
  ] as const) {
    await assert.rejects(act(), found, what);
  }
  assert.equal(await verified(house, ann), 'accept');
});

test('an asserted consent is enough only where the purpose says so, and never to unblock an account', async () => {
  const { vault } = house;
  const { person } = (await vault.createPerson(house.call(site), {})).result;
  const asserted = { person, notice: 'n', level: 'asserted' as const };
  await assert.rejects(vault.giveConsent(house.call(site), { ...asserted, purpose: login }), {
    code: 'vault.consent.level',
  });
  const input = { name: 'account.unblock', pictureKept: false, days: 1, asserted: true, far: FAR };
  const { purpose } = (await vault.createPurpose(house.call(site), input)).result;
  await vault.giveConsent(house.call(site), { ...asserted, purpose });
  await vault.enrolFace(house.call(site), { person, purpose, pictures: [picture('ann')] });
  const asked = { person, purpose, picture: picture('ann') };
  await assert.rejects(vault.verifyFace(house.call(site), asked), { code: 'vault.consent.level' });
});

test('a consent that has run out lets nobody in, and is withdrawn by the house', async () => {
  const { vault } = house;
  const own = await house.site();
  const input = { name: 'short', pictureKept: false, days: 1, asserted: false, far: FAR };
  const { purpose } = (await vault.createPurpose(house.call(own), input)).result;
  const ann = await enrolled(house, { site: own, purpose, name: 'ann' });
  house.clock.at += 86_400_000;
  await assert.rejects(verified(house, ann), { code: 'vault.consent.missing' });
  assert.equal(await vault.endExpired(house.call(own)), 1);
  assert.equal((await vault.getConsent(own.site, ann.consent)).state, 'withdrawn');
  assert.equal(await vault.endExpired(house.call(own)), 0);
  await vault.enterCounts(async (of) => house.call({ site: of, origin: `visor.invalid/${of}/1` }));
});

test('a picture that is no good is refused and entered; pictures of two people are not one face', async () => {
  const { vault } = house;
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  const size = async (): Promise<number> => (await house.entries.head(site.origin))!.size;
  const before = await size();
  const asked = { person: ann.person, purpose: login };
  await assert.rejects(vault.verifyFace(house.call(site), { ...asked, picture: picture('nobody') }), {
    code: 'face.none',
  });
  const two = { ...asked, pictures: [picture('ann'), picture('bob')], replace: true };
  await assert.rejects(vault.enrolFace(house.call(site), two), { code: 'face.unlike' });
  const { entries } = await vault.readEntries(house.call(site), { from: before, limit: 20 });
  assert.deepEqual(
    entries.map(({ kind, subject }) => [kind, subject?.['cause']]),
    [
      ['face.refused', 'face.none'],
      ['face.refused', 'face.unlike'],
    ],
  );
  assert.equal(await verified(house, ann), 'accept');
});

test('a face is replaced only when that is asked for, and then the old one is gone', async () => {
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  const again = { person: ann.person, purpose: login, pictures: [picture('bob')] };
  await assert.rejects(house.vault.enrolFace(house.call(site), again), { code: 'request.state' });
  await house.vault.enrolFace(house.call(site), { ...again, replace: true });
  assert.equal(await verified(house, ann), 'refuse');
  assert.equal(await verified(house, ann, 'bob'), 'accept');
  const rows = await house.db.query({
    text: `SELECT 1 FROM face WHERE face = $1 AND sealed IS NULL`,
    values: [ann.face],
  });
  assert.equal(rows.length, 1);
});

test('a renewed face still knows its person, and the old row does not open with the new version', async () => {
  const ann = await enrolled(house, { site, purpose: login, name: 'ann' });
  const row = { text: 'SELECT rotation, sealed FROM face WHERE face = $1', values: [ann.face] };
  const [old] = await house.db.query<{ rotation: Bytes; sealed: Bytes }>(row);
  await house.vault.renewFace(house.call(site), { face: ann.face });
  await house.vault.renewFace(house.call(site), { face: ann.face });
  assert.equal(await verified(house, ann), 'accept');
  const stolen = {
    text: 'UPDATE face SET rotation = $2, sealed = $3 WHERE face = $1',
    values: [ann.face, old!.rotation, old!.sealed],
  };
  await house.db.query(stolen);
  await assert.rejects(verified(house, ann), { code: 'vault.sealed' });
});
