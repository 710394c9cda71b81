import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, instant } from '@visor/record';
import { type Caller, type Counted, countRefusals } from '@visor/server';

const caller: Caller = { site: 'sit_a', origin: 'o', key: 'key_a', label: 'shop', scopes: [] };

function counter(): { at: { ms: number }; entered: Counted[]; refusals: ReturnType<typeof countRefusals> } {
  const at = { ms: 60_000_000 };
  const entered: Counted[] = [];
  const refusals = countRefusals(
    'sit_house',
    () => instant(at.ms),
    async (counted) => void entered.push(counted),
  );
  return { at, entered, refusals };
}

test('strangers are counted: one entry a minute and cause, laid to the house', async () => {
  const { at, entered, refusals } = counter();
  for (let i = 0; i < 250; i += 1) await refusals.note(undefined, 'request.key');
  await refusals.note(undefined, 'request.host');
  await refusals.flush();
  assert.deepEqual(entered, [], 'the minute is not over');
  at.ms += 60_000;
  await refusals.note(undefined, 'request.key');
  await refusals.flush();
  assert.deepEqual(entered, [
    { site: 'sit_house', cause: 'request.key', count: 250, minute: 1_000 },
    { site: 'sit_house', cause: 'request.host', count: 1, minute: 1_000 },
  ]);
  await refusals.flush(true);
  assert.deepEqual(entered.at(-1), { site: 'sit_house', cause: 'request.key', count: 1, minute: 1_001 });
});

test("a key's own denials are entered one by one while they are few, then counted", async () => {
  const { at, entered, refusals } = counter();
  for (let i = 0; i < 25; i += 1) await refusals.note(caller, 'request.scope');
  assert.equal(entered.length, 10);
  at.ms += 60_000;
  await refusals.flush();
  assert.deepEqual(entered.at(-1), { site: 'sit_a', cause: 'request.scope', count: 15, minute: 1_000 });
  await refusals.note(caller, 'request.scope');
  assert.equal(entered.length, 12, 'a new minute, a new budget');
});

test('what a route refuses by its own table is an answer, not a denial', async () => {
  const { at, entered, refusals } = counter();
  for (const code of ['face.none', 'request.body', 'ledger.busy']) await refusals.note(caller, code);
  at.ms += 60_000;
  await refusals.flush();
  assert.deepEqual(entered, []);
});

test('what could not be entered stays counted, and whoever waits is told', async () => {
  let up = false;
  const entered: Counted[] = [];
  const refusals = countRefusals(
    'sit_house',
    () => instant(60_000_000),
    async (counted) => {
      if (!up) throw new Fault('ledger', 'It is away.');
      entered.push(counted);
    },
  );
  for (let i = 0; i < 5; i += 1) await refusals.note(undefined, 'request.key');
  await assert.rejects(refusals.note(caller, 'request.scope'), { name: 'Fault' });
  await assert.rejects(refusals.flush(true), { name: 'Fault' });
  up = true;
  await refusals.flush(true);
  const counts = Object.fromEntries(entered.map(({ cause, count }) => [cause, count]));
  assert.deepEqual(counts, { 'request.key': 5, 'request.scope': 1 });
});
