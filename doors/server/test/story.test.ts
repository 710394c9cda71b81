import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseAnchorCard } from '@visor/ledger';
import { captureOf, drawFrame, drawHead, PEOPLE } from '@visor/people';
import { localActs, sha256, verifyEd25519 } from '@visor/server';
import { verify, verifyReceipt } from '@visor/verifier';
import sharp from 'sharp';
import { noModels, openTestHouse, type TestHouse } from './test-house.ts';

const skip = noModels;
const tools = { sha256, verify: verifyEd25519 };
let house: TestHouse;
let secret: string;
let pictures: string[][];
const ids: { door: string; other: string; people: string[]; faces: string[]; consents: string[] } = {
  door: '',
  other: '',
  people: [],
  faces: [],
  consents: [],
};

async function drawn(index: number, times: number): Promise<string[]> {
  const person = PEOPLE[index]!;
  const head = drawHead(person);
  const made: string[] = [];
  for (let k = 0; k < times; k += 1) {
    const { width, height, rgb } = drawFrame(head, captureOf(person, k));
    made.push(
      (
        await sharp(rgb, { raw: { width, height, channels: 3 } })
          .jpeg()
          .toBuffer()
      ).toString('base64'),
    );
  }
  return made;
}

before(async () => {
  if (skip) return;
  house = await openTestHouse();
  secret = (await house.key('Story')).secret;
  pictures = await Promise.all([drawn(0, 2), drawn(1, 2)]);
});
after(async () => house?.[Symbol.asyncDispose]());

const post = async (path: string, body: object, headers = {}) => house.post(secret, path, { body, headers });

test('two people consent to one purpose and are enrolled for it', { skip }, async () => {
  const purpose = { days: 30, asserted: true, picture_kept: true };
  ids.door = (await post('/v1/purposes', { name: 'door', ...purpose })).body.purpose;
  ids.other = (await post('/v1/purposes', { name: 'login', ...purpose })).body.purpose;
  for (const [mine] of pictures) {
    const { person } = (await post('/v1/people', { reference: `account of ${ids.people.length}` })).body;
    const refused = await post('/v1/faces', { person, purpose: ids.door, pictures: [mine] });
    assert.deepEqual([refused.status, refused.body.code], [403, 'vault.consent.missing'], 'no consent, no key');
    const consent = await post('/v1/consents', { person, purpose: ids.door, notice: 'v1', level: 'asserted' });
    const face = await post('/v1/faces', { person, purpose: ids.door, pictures: [mine] });
    assert.equal(face.status, 201, JSON.stringify(face.body));
    ids.people.push(person);
    ids.consents.push(consent.body.consent);
    ids.faces.push(face.body.face);
  }
});

test('the right one is let in, another is not, and a wrong purpose does not open', { skip }, async () => {
  const tries = async (person: number, picture: number, purpose: string) =>
    post('/v1/verifications', { person: ids.people[person], purpose, picture: pictures[picture]![1] });
  const [right, wrong, elsewhere] = [
    await tries(0, 0, ids.door),
    await tries(0, 1, ids.door),
    await tries(0, 0, ids.other),
  ];
  assert.deepEqual([right.body.decision, wrong.body.decision], ['accept', 'refuse']);
  assert.equal(right.body.presence, 'not checked');
  assert.deepEqual([elsewhere.status, elsewhere.body.code], [403, 'vault.consent.missing']);
  for (const { body } of [right, wrong]) assert.ok(!('template' in body) && !('score' in body));
});

test('a key without scores.read never sees a score', { skip }, async () => {
  const poor = await house.key('No scores', ['people.write', 'consents.write', 'faces.write', 'faces.verify']);
  const ask = (path: string, body: object) => house.post(poor.secret, path, { body });
  const { person } = (await ask('/v1/people', {})).body;
  const { purpose } = (await ask('/v1/purposes', { name: 'door', days: 1, asserted: true })).body;
  await ask('/v1/consents', { person, purpose, notice: 'v1', level: 'asserted' });
  await ask('/v1/faces', { person, purpose, pictures: [pictures[0]![0]] });
  const { body } = await ask('/v1/verifications', { person, purpose, picture: pictures[0]![1] });
  assert.equal(body.decision, 'accept');
  assert.ok(!('score_band' in body), JSON.stringify(Object.keys(body)));
});

test('a face is opened with a reason, after the intention is in the ledger', { skip }, async () => {
  const silent = await post('/v1/openings', { face: ids.faces[0] });
  assert.deepEqual([silent.status, silent.body.code], [400, 'request.reason']);
  const opened = await post('/v1/openings', { face: ids.faces[0] }, { 'visor-reason': 'a question of the person' });
  assert.equal(opened.status, 201, JSON.stringify(opened.body));
  const { format } = await sharp(Buffer.from(opened.body.picture, 'base64')).metadata();
  assert.equal(format, 'jpeg');
  assert.ok(opened.body.intended.entry.index < opened.body.receipt.entry.index);
});

test('every receipt holds against the anchor card, and a changed one does not', { skip }, async () => {
  const made = await post('/v1/people', {});
  const card = parseAnchorCard(sha256, String(await localActs(house.served.house).anchor!({})));
  const receipt = JSON.stringify(made.body.receipt);
  assert.equal(verifyReceipt(tools, Buffer.from(receipt), { trust: card }).verdict, 'UNCHANGED');
  const changed = receipt.replace(made.body.person, ids.people[0]!);
  assert.equal(verifyReceipt(tools, Buffer.from(changed), { trust: card }).verdict, 'CHANGED');
});

test('a bundle is UNCHANGED with the card and CANNOT TELL without it; it shows no score and no name', {
  skip,
}, async () => {
  const card = parseAnchorCard(sha256, String(await localActs(house.served.house).anchor!({})));
  const { size } = (await house.get(secret, '/v1/entries')).body;
  const made = await post('/v1/bundles', { from: 0, limit: size });
  const bytes = new Uint8Array(Buffer.from(made.body.bytes, 'base64'));
  const withCard = verify(tools, bytes, { trust: card });
  assert.equal(
    withCard.verdict,
    'UNCHANGED',
    JSON.stringify(withCard.checks.filter(({ result }) => result !== 'proved')),
  );
  assert.equal(verify(tools, bytes, {}).verdict, 'CANNOT TELL');
  const text = Buffer.from(bytes).toString('latin1');
  assert.match(text, /verification\.decided/);
  for (const hidden of ['account of', 'a question of the person']) assert.ok(!text.includes(hidden), hidden);
});

test('a bundle of one person shows that person and nobody else', { skip }, async () => {
  const { size } = (await house.get(secret, '/v1/entries')).body;
  const made = await post('/v1/bundles', { from: 0, limit: size, person: ids.people[0] });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const text = Buffer.from(made.body.bytes, 'base64').toString('latin1');
  assert.ok(text.includes(ids.people[0]!) && !text.includes(ids.people[1]!));
  assert.ok(made.body.entries >= 5 && made.body.entries < size, `${made.body.entries} of ${size}`);
  const nobody = await post('/v1/bundles', { from: 0, limit: size, person: `per_${'0'.repeat(26)}` });
  assert.deepEqual([nobody.status, nobody.body.code], [404, 'ledger.index']);
});

test('a withdrawn consent opens nothing more, and the certificate says until when copies could', { skip }, async () => {
  const withdrawn = await post(`/v1/consents/${ids.consents[0]}/withdrawal`, {});
  assert.equal(withdrawn.status, 201, JSON.stringify(withdrawn.body));
  assert.equal(withdrawn.body.state, 'withdrawn');
  assert.ok(withdrawn.body.horizon.ends > new Date().toISOString());
  const tried = await post('/v1/verifications', { person: ids.people[0], purpose: ids.door, picture: pictures[0]![1] });
  assert.deepEqual([tried.status, tried.body.code], [403, 'vault.consent.missing']);
  const other = await post('/v1/verifications', { person: ids.people[1], purpose: ids.door, picture: pictures[1]![1] });
  assert.equal(other.body.decision, 'accept', 'the other person is not touched');
});

test('an erased person is gone, and their entries still prove', { skip }, async () => {
  const erased = await post('/v1/erasures', { person: ids.people[1] });
  assert.equal(erased.status, 201, JSON.stringify(erased.body));
  const tried = await post('/v1/verifications', { person: ids.people[1], purpose: ids.door, picture: pictures[1]![1] });
  assert.deepEqual([tried.status, tried.body.code], [410, 'vault.person.gone']);
  const { size } = (await house.get(secret, '/v1/entries')).body;
  const card = parseAnchorCard(sha256, String(await localActs(house.served.house).anchor!({})));
  const made = await post('/v1/bundles', { from: 0, limit: size });
  assert.equal(
    verify(tools, new Uint8Array(Buffer.from(made.body.bytes, 'base64')), { trust: card }).verdict,
    'UNCHANGED',
  );
  const read = await post('/v1/entries/readings', { from: 0, limit: 20 });
  assert.equal(read.status, 201, JSON.stringify(read.body));
  const people = read.body.entries.map((entry: { subject: { person?: string } | null }) => entry.subject?.person);
  assert.ok(
    people.includes(ids.people[0]) && !people.includes(ids.people[1]),
    'who was erased stands in no opened field',
  );
});
