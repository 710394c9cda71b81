import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type JsonObject, Refusal } from '@visor/record';
import { localActs } from '@visor/server';
import { noModels, openTestHouse, type TestHouse } from './test-house.ts';

const skip = noModels;
let house: TestHouse;
before(async () => {
  if (!skip) house = await openTestHouse();
});
after(async () => house?.[Symbol.asyncDispose]());

interface Made {
  readonly site: string;
  readonly key: string;
  readonly secret: string;
  readonly scopes: readonly string[];
  readonly beside: string;
}
const act = async (name: string, args: JsonObject): Promise<Made> => {
  const said: unknown = await localActs(house.served.house)[name]!(args);
  return said as Made; // what the acts asked here answer, or a part of it
};
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
const status = async (secret: string): Promise<number> => (await house.get(secret, '/v1/people')).status;
const size = async (secret: string): Promise<number> => (await house.get(secret, '/v1/entries')).body.size;

test('a key gets a successor with its scopes, both live, and a third is refused without an entry', {
  skip,
}, async () => {
  const first = await act('key.make', { site: 'Rotating', scopes: ['people.read', 'entries.read'] });
  const { site, key } = first;
  const second = await act('key.rotate', { site, key });
  assert.deepEqual([second.scopes, second.beside], [['people.read', 'entries.read'], key]);
  assert.notEqual(second.secret, first.secret);
  assert.deepEqual([await status(first.secret), await status(second.secret)], [200, 200]);
  assert.equal((await house.post(second.secret, '/v1/people', { body: {} })).body.code, 'request.scope');
  const before = await size(second.secret);
  assert.equal(await refusal(act('key.rotate', { site, key })), 'request.state');
  assert.equal(await size(second.secret), before);
});

test('a revoked key stops within a second, its successor goes on, and nobody revokes it twice', { skip }, async () => {
  const first = await act('key.make', { site: 'Revoking', scopes: null });
  const { site, key } = first;
  const second = await act('key.rotate', { site, key });
  assert.equal(await status(first.secret), 200); // so the house remembers it
  await act('key.revoke', { site, key });
  const revoked = Date.now();
  while ((await status(first.secret)) !== 401) assert.ok(Date.now() - revoked < 2_000, 'it still opens');
  assert.equal(await status(second.secret), 200);
  assert.equal(await refusal(act('key.revoke', { site, key })), 'request.state');
  assert.equal(await refusal(act('key.rotate', { site, key })), 'request.state', 'a dead key has no successor');
  const read = await house.post(second.secret, '/v1/entries/readings', { body: { from: 0, limit: 20 } });
  const kinds = read.body.entries.map(({ kind }: { kind: string }) => kind);
  assert.equal(kinds.filter((kind: string) => kind === 'key.revoked').length, 1);
});

test('a list of keys says which live and holds nothing that opens', { skip }, async () => {
  const made = await act('key.make', { site: 'Listing', scopes: null });
  const { site, key, secret } = made;
  await act('key.revoke', { site, key });
  const listed = await act('key.list', { site });
  assert.doesNotMatch(JSON.stringify(listed), new RegExp(secret.slice(4, 20)));
  assert.match(JSON.stringify(listed), new RegExp(`"key":"${key}".*"revoked_at":"20\\d\\d-`));
  const other = await act('key.make', { site: 'Elsewhere', scopes: null });
  assert.equal(await refusal(act('key.revoke', { site: other.site, key })), 'request.not-found');
});
