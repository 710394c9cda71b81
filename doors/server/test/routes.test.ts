import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '@visor/record';
import { ROUTES, type Route } from '@visor/server';
import { type Answered, type Ask, noModels, openTestHouse, type TestHouse } from './test-house.ts';

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const ID = { person: newId('per', zeros), consent: newId('con', zeros), verification: newId('ver', zeros) };
const PURPOSE = newId('pur', zeros);
const PICTURE = 'AAAA';

/** A body of the right shape for every POST, with ids that are nobody's. A route without one fails the first test. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '/v1/people': { reference: 'a' },
  '/v1/purposes': { name: 'door', days: 30, asserted: true },
  '/v1/consents': { person: ID.person, purpose: PURPOSE, notice: 'v1', level: 'asserted' },
  '/v1/consents/:consent/withdrawal': {},
  '/v1/faces': { person: ID.person, purpose: PURPOSE, pictures: [PICTURE] },
  '/v1/verifications': { person: ID.person, purpose: PURPOSE, picture: PICTURE },
  '/v1/openings': { face: newId('fac', zeros) },
  '/v1/entries/readings': { from: 0, limit: 5 },
  '/v1/erasures': { person: ID.person },
  '/v1/bundles': { from: 0, limit: 5 },
};
/** Routes that name nothing which could be missing. */
const NAMES_NOTHING: ReadonlySet<string> = new Set([
  'POST /v1/people',
  'POST /v1/purposes',
  'POST /v1/entries/readings',
  'POST /v1/bundles',
]);
const REASON = { 'visor-reason': 'a test of the routes' };

const skip = noModels;
let house: TestHouse;
let key: { site: string; origin: string; secret: string };
before(async () => {
  if (skip) return;
  house = await openTestHouse();
  key = await house.key('Shop');
});
after(async () => house?.[Symbol.asyncDispose]());

const pathOf = (route: Route): string =>
  route.path.replace(':person', ID.person).replace(':consent', ID.consent).replace(':verification', ID.verification);
const sizeOf = async (): Promise<number> => (await house.get(key.secret, '/v1/entries')).body.size;

function asked(route: Route, secret: string | undefined, more: Ask = {}): Promise<Answered> {
  if (route.method === 'GET') return house.get(secret, pathOf(route));
  const body = more.raw === undefined ? { body: more.body ?? BODIES[route.path] } : {};
  return house.post(secret, pathOf(route), { ...body, ...more, headers: { ...REASON, ...more.headers } });
}

test('every POST has a sample body here', () => {
  for (const route of ROUTES) if (route.method === 'POST') assert.ok(BODIES[route.path], route.path);
  assert.ok(ROUTES.length >= 15, `${ROUTES.length} routes`);
});

async function refusesStrangers(route: Route): Promise<void> {
  for (const secret of [undefined, `vsk_${'A'.repeat(43)}`, 'vsk_short', key.secret.slice(0, -1)]) {
    const answer = await asked(route, secret);
    assert.equal(answer.status, 401);
    assert.equal(answer.body.code, 'request.key');
    assert.match(answer.type, /^application\/problem\+json/);
  }
  const poor = await house.key('Poor', [route.scope === 'people.read' ? 'scores.read' : 'people.read']);
  const answer = await asked(route, poor.secret);
  assert.equal(answer.status, 403);
  assert.deepEqual(answer.body.facts, { needs: route.scope });
}

async function missesNobody(route: Route): Promise<void> {
  const size = await sizeOf();
  const answer = await asked(route, key.secret);
  assert.equal(answer.status, 404, JSON.stringify(answer.body));
  assert.equal(answer.body.code, 'request.not-found');
  assert.equal(await sizeOf(), size, 'nothing was entered for a thing that is not there');
}

function badBodies(good: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const first = Object.keys(good)[0];
  return [
    ['not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['text that is not UTF-8', '"\xff"'],
    ['one member too many', { ...good, extra: 1 }],
    [
      'a member that is the prototype',
      `{"__proto__":{"a":1}${first === undefined ? '' : ','}${JSON.stringify(good).slice(1)}`,
    ],
    ...(first === undefined ? [] : [['a member of the wrong type', { ...good, [first]: { deep: [1] } }] as const]),
    ...(first === undefined || first === 'reference'
      ? []
      : [['a member missing', { ...good, [first]: undefined }] as const]),
  ];
}

async function refusesShapes(route: Route): Promise<void> {
  const size = await sizeOf();
  for (const [what, sent] of badBodies(BODIES[route.path]!)) {
    const raw = typeof sent === 'string' ? Buffer.from(sent, 'latin1') : JSON.stringify(sent);
    const answer = await asked(route, key.secret, { raw });
    assert.equal(answer.status, 400, `${what}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.code, 'request.body', what);
  }
  const typed = await asked(route, key.secret, { raw: '{}', headers: { 'content-type': 'text/plain' } });
  assert.deepEqual([typed.status, typed.body.code], [415, 'request.content-type']);
  const large = await asked(route, key.secret, { raw: ' '.repeat(route.bodyLimit + 1) });
  assert.deepEqual([large.status, large.body.code], [413, 'request.too-large']);
  for (const idem of ['', 'short', 'with space and more', 'x'.repeat(129)]) {
    const answer = await asked(route, key.secret, { headers: { 'idempotency-key': idem } });
    assert.equal(answer.body.code, 'request.idempotency-key', idem);
  }
  assert.equal(await sizeOf(), size, 'a refused shape leaves no entry');
}

for (const route of ROUTES) {
  const name = `${route.method} ${route.path}`;
  test(`${name} is refused without a key, with a wrong key, with a key that may not`, { skip }, () =>
    refusesStrangers(route),
  );
  const names = /:/.test(route.path) || (route.method === 'POST' && !NAMES_NOTHING.has(name));
  if (names) test(`${name} answers 404 for what is nobody's, and enters nothing`, { skip }, () => missesNobody(route));
  if (route.method === 'POST')
    test(`${name} refuses what does not have its shape, and nothing is half-done`, { skip }, () =>
      refusesShapes(route),
    );
}
