import assert from 'node:assert/strict';
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { after, test } from 'node:test';
import { checkDisclosure, openCheckpoint, verifyInclusion } from '@visor/ledger';
import { type Bytes, base64url, bytesOfId, canonicalBytes, fromBase64, newId, text } from '@visor/record';
import type { Call, Receipt } from '@visor/vault';
import { enrolled, FAR, picture, purposeOf, random, smallHouse, tools, verified } from './small-house.ts';

const house = await smallHouse();
after(() => house[Symbol.asyncDispose]());
const { log: logKey } = await house.keeper.port.publicKeys();
const site = await house.site();
const login = await purposeOf(house, site, 'login');

function verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
  return verifySignature(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

/** Checks a receipt as anybody would who has the house's key, and answers the fields that it shows. */
function shownBy(receipt: Receipt): Record<string, unknown> {
  const checked = checkDisclosure(tools.sha256, receipt.entry);
  const head = openCheckpoint({ sha256: tools.sha256, verify }, receipt.checkpoint, logKey);
  assert.equal(head.origin, receipt.entry.log);
  verifyInclusion(tools.sha256, {
    ...{ leafHash: checked.leafHash, index: receipt.entry.index, size: receipt.size },
    ...{ proof: receipt.proof.map(fromBase64), root: head.root },
  });
  return Object.fromEntries(checked.opened.map(({ slot, name, value }) => [`${slot}.${name}`, value]));
}

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
