import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { newId } from '@visor/record';
import { noModels, openTestHouse, type TestHouse } from './test-house.ts';

const skip = noModels;
let house: TestHouse;
let secret: string;
before(async () => {
  if (skip) return;
  house = await openTestHouse();
  secret = (await house.key('Shop')).secret;
});
after(async () => house?.[Symbol.asyncDispose]());

const sizeOf = async (): Promise<number> => (await house.get(secret, '/v1/entries')).body.size;

test('the same request under the same key is done once and answered again; another body is refused', {
  skip,
}, async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const first = await house.post(secret, '/v1/people', { body: { reference: 'account 7' }, headers });
  assert.equal(first.status, 201);
  const size = await sizeOf();
  const again = await house.post(secret, '/v1/people', { body: { reference: 'account 7' }, headers });
  assert.equal(again.status, 201);
  assert.deepEqual(
    { ...again.body, repeated: undefined, receipt: 0 },
    { ...first.body, repeated: undefined, receipt: 0 },
  );
  assert.equal(again.body.receipt.entry.leaf, first.body.receipt.entry.leaf);
  assert.equal(await sizeOf(), size, 'nothing was entered twice');
  const other = await house.post(secret, '/v1/people', { body: { reference: 'account 8' }, headers });
  assert.deepEqual([other.status, other.body.code], [409, 'request.idempotency-body']);
  const elsewhere = await house.post((await house.key('Elsewhere')).secret, '/v1/people', {
    body: { reference: 'account 7' },
    headers,
  });
  assert.equal(elsewhere.status, 201);
  assert.notEqual(elsewhere.body.person, first.body.person, 'another key, another act');
});

test('the same request sixteen times at once is done once', { skip }, async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const size = await sizeOf();
  const asked = Array.from({ length: 16 }, () =>
    house.post(secret, '/v1/people', { body: { reference: 'at once' }, headers }),
  );
  const answers = await Promise.all(asked);
  for (const { status, body } of answers) assert.ok(status === 201 || status === 503, JSON.stringify(body));
  const done = answers.filter(({ status }) => status === 201);
  assert.ok(done.length >= 1);
  assert.equal(new Set(done.map(({ body }) => body.person)).size, 1);
  assert.equal(await sizeOf(), size + 1);
});

test('what is refused because it was done before is answered with what was done', { skip }, async () => {
  const { person } = (await house.post(secret, '/v1/people', { body: {} })).body;
  const { purpose } = (await house.post(secret, '/v1/purposes', { body: { name: 'door', days: 3, asserted: true } }))
    .body;
  const given = await house.post(secret, '/v1/consents', {
    body: { person, purpose, notice: 'v1', level: 'asserted' },
  });
  for (const [path, body] of [
    [`/v1/consents/${given.body.consent}/withdrawal`, {}],
    ['/v1/erasures', { person }],
  ] as const) {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await house.post(secret, path, { body, headers });
    assert.equal(first.status, 201, path);
    const again = await house.post(secret, path, { body, headers });
    assert.equal(again.status, 201, `${path}: ${JSON.stringify(again.body)}`);
    assert.equal(again.body.receipt.entry.leaf, first.body.receipt.entry.leaf);
    assert.notEqual((await house.post(secret, path, { body })).status, 201, 'under another key it is another request');
  }
});

test('an act that something was in the way of changes nothing, and its key is free again', { skip }, async () => {
  const { person } = (await house.post(secret, '/v1/people', { body: {} })).body;
  const { purpose } = (await house.post(secret, '/v1/purposes', { body: { name: 'once', days: 3, asserted: true } }))
    .body;
  const body = { person, purpose, notice: 'v1', level: 'asserted' };
  assert.equal((await house.post(secret, '/v1/consents', { body })).status, 201);
  const { db } = house.served.house;
  const stand = async (): Promise<unknown> =>
    db.query({
      text: `SELECT (SELECT changes FROM person WHERE person = $1) AS changes, (SELECT count(*) FROM idempotency) AS gates,
        (SELECT count(*) FROM consent) AS consents, (SELECT count(*) FROM outbox) AS entries`,
      values: [person],
    });
  const before = await stand();
  const headers = { 'idempotency-key': randomUUID() };
  const refused = await house.post(secret, '/v1/consents', { body, headers });
  assert.deepEqual([refused.status, refused.body.code], [409, 'request.state']);
  assert.deepEqual(await stand(), before);
});

test('a house that stopped between a refused act and its gate finds that out when it is asked again', {
  skip,
}, async () => {
  const idem = randomUUID();
  const headers = { 'idempotency-key': idem };
  const one = await house.post(secret, '/v1/people', { body: {}, headers });
  const { db } = house.served.house;
  // what such a stop leaves: the row of the gate, and no entry by its id
  const ids = {
    text: 'UPDATE idempotency SET entry_id = $2::bytea WHERE idem = $1',
    values: [idem, new Uint8Array(16)],
  };
  await db.query(ids);
  const asked = await house.post(secret, '/v1/people', { body: {}, headers });
  assert.deepEqual([asked.status, asked.body.code], [503, 'ledger.busy']);
  const again = await house.post(secret, '/v1/people', { body: {}, headers });
  assert.equal(again.status, 201);
  assert.notEqual(again.body.person, one.body.person);
});

test('a consent below what the purpose asks for is refused by its name', { skip }, async () => {
  const { person } = (await house.post(secret, '/v1/people', { body: {} })).body;
  const { purpose } = (await house.post(secret, '/v1/purposes', { body: { name: 'vault', days: 3 } })).body;
  const { status, body } = await house.post(secret, '/v1/consents', {
    body: { person, purpose, notice: 'v1', level: 'asserted' },
  });
  assert.deepEqual([status, body.code], [403, 'vault.consent.level']);
});

test("what one site makes is nobody's for another", { skip }, async () => {
  const other = (await house.key('Other')).secret;
  const mine = await house.post(secret, '/v1/people', { body: {} });
  const theirs = await house.get(other, `/v1/people/${mine.body.person}`);
  const nobodys = await house.get(other, `/v1/people/${newId('per', (length) => new Uint8Array(length))}`);
  assert.equal(theirs.status, 404);
  assert.deepEqual({ ...theirs.body, request: '' }, { ...nobodys.body, request: '' });
  const erased = await house.post(other, '/v1/erasures', { body: { person: mine.body.person } });
  assert.equal(erased.status, 404);
  assert.equal((await house.get(secret, `/v1/people/${mine.body.person}`)).body.state, 'living');
});

test('a reading is entered once under one key, and its key is for that reading alone', { skip }, async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const read = (body: object) => house.post(secret, '/v1/entries/readings', { body, headers });
  const first = await read({ from: 0, limit: 3 });
  assert.equal(first.body.entries.length, 3);
  const size = await sizeOf();
  const again = await read({ from: 0, limit: 3 });
  assert.deepEqual([again.status, again.body.entries, again.body.repeated], [201, null, true]);
  const other = await read({ from: 1, limit: 2 });
  assert.deepEqual([other.status, other.body.code], [409, 'request.idempotency-body']);
  assert.equal(await sizeOf(), size);
});

test('a list goes on where it ended, and refuses what it does not know', { skip }, async () => {
  const pager = (await house.key('Pages')).secret;
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await house.post(pager, '/v1/people', { body: {} })).body.person);
  const seen: string[] = [];
  let next = '';
  for (let pages = 0; pages < 5; pages += 1) {
    const { body } = await house.get(pager, `/v1/people?limit=2${next === '' ? '' : `&after=${next}`}`);
    seen.push(...body.people.map(({ person }: { person: string }) => person));
    if (body.next === null) break;
    next = body.next;
  }
  assert.deepEqual(seen, made.toSorted());
  const wrong = ['limit=0', 'limit=101', 'limit=x', 'page=2', `person=${made[0]}`, 'after=%00', 'after=per_1'];
  for (const query of wrong) {
    assert.equal((await house.get(pager, `/v1/people?${query}`)).body.code, 'request.body', query);
  }
  assert.equal((await house.get(pager, `/v1/consents?person=${made[0]}`)).status, 200);
});

/** `fetch` chooses Host itself; a stranger does not. */
function named(headers: Record<string, string>): Promise<readonly [number, string]> {
  return new Promise((resolve, reject) => {
    const of = {
      port: house.served.port,
      path: '/v1/people',
      headers: { authorization: `Bearer ${secret}`, ...headers },
    };
    const asked = request(of, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        resolve([answer.statusCode ?? 0, JSON.parse(body).code ?? '']);
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('a foreign Host gets 421 and a foreign Origin 403, before anything else is looked at', { skip }, async () => {
  const { port } = house.served;
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1:${port + 1}`,
    `127.0.0.1.evil.example:${port}`,
  ]) {
    assert.deepEqual(await named({ host }), [421, 'request.host'], host);
  }
  for (const origin of [
    'https://evil.example',
    'null',
    `https://127.0.0.1:${port}`,
    `http://127.0.0.1:${port}.evil.example`,
  ]) {
    assert.deepEqual(await named({ host: `127.0.0.1:${port}`, origin }), [403, 'request.origin'], origin);
  }
  assert.equal((await named({ host: `localhost:${port}`, origin: `http://localhost:${port}` }))[0], 200);
});

test('an address that cannot be read is a problem like any other, and is said nowhere', { skip }, async () => {
  const bad = await house.get(secret, '/v1/people/jane.doe%E0%A4%A');
  assert.deepEqual([bad.status, bad.body.code], [404, 'request.not-found']);
  assert.match(bad.type, /^application\/problem\+json/);
  assert.equal(bad.headers.get('x-content-type-options'), 'nosniff');
  assert.doesNotMatch(JSON.stringify(bad.body), /jane/);
});

test('the first page and health need no key, and the page runs nothing', { skip }, async () => {
  const page = await house.get(undefined, '/', { 'accept-language': 'zh-CN,zh;q=0.9' });
  assert.equal(page.status, 200);
  assert.match(page.body, /<html lang="zh-CN">/);
  assert.match(page.body, /\.\/visor drill seal/);
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(page.body, /<script|https?:\/\//);
  assert.deepEqual((await house.get(undefined, '/health')).body, { state: 'up' });
  const described = await house.get(undefined, '/openapi.json');
  assert.deepEqual([described.status, described.body.openapi], [200, '3.1.1']);
  assert.ok(described.body.paths['/v1/people/{person}'].get);
  assert.equal((await house.get(undefined, '/nothing-here')).status, 404);
});
