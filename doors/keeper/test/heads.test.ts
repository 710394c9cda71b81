import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { test } from 'node:test';
import { leafBytes, openCheckpoint, type VerifyEd25519 } from '@visor/ledger';
import { type Bytes, base64url, equalBytes, instant } from '@visor/record';
import { random, testKeeper } from './keeper-folder.ts';

const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());
const verify: VerifyEd25519 = (publicKey, message, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
  return verifySignature(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
};

const leaf = (): Bytes => leafBytes({ time: instant(1000), granularity: 0, padClass: 3, fieldRoot: random(32) });
const leaves = (count: number): Bytes[] => Array.from({ length: count }, leaf);

/** RFC 6962, section 2.1, as it is written there. */
function rootOf(all: readonly Bytes[]): Bytes {
  if (all.length === 0) return sha256(new Uint8Array(0));
  if (all.length === 1) return sha256(Buffer.concat([Buffer.of(0), all[0]!]));
  let k = 1;
  while (k * 2 < all.length) k *= 2;
  return sha256(Buffer.concat([Buffer.of(1), rootOf(all.slice(0, k)), rootOf(all.slice(k))]));
}

const origin = 'visor.invalid/log/1';

test('every head that is signed is the root of the leaves, by definition', async () => {
  await using held = await testKeeper();
  const { log } = await held.port.publicKeys();
  const all: Bytes[] = [];
  for (const count of [1, 1, 2, 5, 1, 7, 16, 3]) {
    const more = leaves(count);
    const [head] = await held.port.sign({ lease: 1, logs: [{ origin, from: all.length, leaves: more }] });
    all.push(...more);
    assert.equal(head!.size, all.length);
    assert.ok(equalBytes(head!.root, rootOf(all)));
    const said = openCheckpoint({ sha256, verify }, head!.note, log);
    assert.deepEqual([said.origin, said.size], [origin, all.length]);
    assert.ok(equalBytes(said.root, head!.root));
  }
});

test('a batch whose answer was lost is signed again with the same bytes', async () => {
  await using held = await testKeeper();
  const [first, second] = [leaves(3), leaves(4)];
  await held.port.sign({ lease: 1, logs: [{ origin, from: 0, leaves: first }] });
  const batch = { lease: 1, logs: [{ origin, from: 3, leaves: second }] };
  const once = await held.port.sign(batch);
  assert.deepEqual(await held.port.sign(batch), once);
  await held.restart(); // the memory was synced: it knows the head, no longer the batch before it
  assert.deepEqual(await held.port.sign(batch), once);
  assert.deepEqual(await held.port.sign({ lease: 1, logs: [{ origin, from: 7, leaves: [] }] }), once);
});

test('a keeper killed before its memory was synced signs the same head from the same leaves', async () => {
  await using held = await testKeeper();
  const [first, second] = [leaves(3), leaves(4)];
  await held.port.sign({ lease: 1, logs: [{ origin, from: 0, leaves: first }] });
  await held.port.sync();
  const batch = { lease: 1, logs: [{ origin, from: 3, leaves: second }] };
  const once = await held.port.sign(batch);
  await held.crash();
  assert.equal((await held.port.heads())[0]!.size, 3);
  assert.deepEqual(await held.port.sign(batch), once);
});

test('what does not continue what was signed is refused, and nothing of its batch is signed', async () => {
  await using held = await testKeeper();
  const first = leaves(4);
  await held.port.sign({ lease: 5, logs: [{ origin, from: 0, leaves: first }] });
  const other = 'visor.invalid/other/1';
  const good = { origin: other, from: 0, leaves: leaves(1) };
  for (const [what, lease, run, error] of [
    ['an older lease', 4, { origin, from: 4, leaves: leaves(1) }, { code: 'keeper.lease' }],
    ['other leaves in the last batch', 5, { origin, from: 0, leaves: leaves(4) }, { code: 'keeper.fork' }],
    ['a ledger that is shorter', 5, { origin, from: 2, leaves: first.slice(2, 3) }, { code: 'keeper.rollback' }],
    ['a batch over the end', 5, { origin, from: 3, leaves: leaves(2) }, { code: 'keeper.rollback' }],
    ['leaves that were never shown', 5, { origin, from: 6, leaves: leaves(1) }, { name: 'Fault', part: 'keeper' }],
    ['a leaf of another length', 5, { origin, from: 4, leaves: [random(52)] }, { code: 'request.body' }],
  ] as const) {
    await assert.rejects(held.port.sign({ lease, logs: [good, run] }), error, what);
    assert.equal((await held.port.heads()).length, 1, what);
  }
});

test('a lease is shut out for good by a higher one, through a crash', async () => {
  await using held = await testKeeper();
  await held.port.sign({ lease: 7, logs: [] });
  await held.crash();
  await assert.rejects(held.port.sign({ lease: 6, logs: [] }), { code: 'keeper.lease' });
  await held.port.sign({ lease: 7, logs: [{ origin, from: 0, leaves: leaves(1) }] });
});
