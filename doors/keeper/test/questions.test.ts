import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, type Wire } from '@visor/keeper';
import { Fault, Refusal } from '@visor/record';
import { random, releaseOf, type TestPerson, testKeeper, testPerson } from './keeper-folder.ts';

const OPERATIONS = [
  ...['makeSite', 'makePerson', 'makeConsent', 'makeGroupKey', 'rekeyPerson', 'burn', 'writeSeeds', 'readSeeds'],
  ...['release', 'wrapPicture', 'releaseForOpening', 'lookupMark', 'signDecision', 'counts', 'showCount'],
  ...['generations', 'switchGeneration', 'rewrap', 'endGeneration', 'backup', 'readBack', 'publicKeys', 'decisionKey'],
  ...['sign', 'heads', 'sync'],
];

/** Good questions, to be spoilt. */
function questions(of: TestPerson): readonly (readonly [string, Wire])[] {
  const organisation = { of: 'organisation', owner: '', ...of.organisation };
  const subject = { of: 'person', key: { ...of.key }, group: of.group };
  const { site, consent } = of;
  return [
    ['makePerson', { site, person: of.key.person }],
    ['makeConsent', { site, key: { ...of.key }, consent }],
    ['makeGroupKey', { site, of: 'actor', owner: 'key_1' }],
    [
      'rekeyPerson',
      { site, key: { ...of.key }, group: of.group, filing: of.filing, consents: [{ consent, secret: of.secret }] },
    ],
    ['burn', [{ site, person: of.key.person, below: 1, erased: false }]],
    [
      'writeSeeds',
      {
        site,
        groups: [
          { slot: 0, key: organisation },
          { slot: 1, key: subject },
        ],
      },
    ],
    ['readSeeds', { site, actor: 'key_1', groups: [{ entry: random(16), slot: 1, key: subject }] }],
    ['release', { ...releaseOf(of), key: { ...of.key } }],
    ['sign', { lease: 1, logs: [{ origin: 'x/1', from: 0, leaves: [random(53)] }] }],
    ['rewrap', { site, from: 1, rows: [{ of: 'person', person: of.key.person, serial: 1, wrap: of.key.wrap }] }],
    ['endGeneration', { site, generation: 1, rowsLeft: 0, transactionsOpen: 0, waived: true }],
    ['lookupMark', { site, what: 'reference', value: random(4) }],
    ['signDecision', { site, decision: { visor: 'decision/1', site } }],
    ['backup', { expires: Date.UTC(2026, 6, 1) }],
    ['readBack', { bytes: random(100) }],
  ];
}

test('whatever is asked with nothing, too much or the wrong thing is refused by its shape', async () => {
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  const shape = { name: 'Refusal', code: 'request.body' };
  for (const operation of OPERATIONS) {
    for (const args of [null, 7, 'text', random(8), { nothing: 1 }])
      await assert.rejects(held.keeper.run(operation, args), shape, operation);
  }
  for (const [operation, args] of questions(person)) {
    if (typeof args !== 'object' || args === null || args instanceof Uint8Array || Array.isArray(args)) continue;
    await assert.rejects(held.keeper.run(operation, { ...args, more: 1 }), shape, operation);
    const names = Object.keys(args);
    for (const name of names) {
      const fewer = Object.fromEntries(Object.entries(args).filter(([one]) => one !== name));
      await assert.rejects(held.keeper.run(operation, fewer), shape, `${operation} without ${name}`);
      await assert.rejects(
        held.keeper.run(operation, { ...args, [name]: [[]] }),
        shape,
        `${operation} with another ${name}`,
      );
    }
  }
  for (const unknown of ['', 'open', '__proto__', 'constructor'])
    await assert.rejects(held.keeper.run(unknown, {}), shape);
});

test('two thousand questions with a wrong byte get an answer or a refusal, never a bug', async () => {
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  const good = questions(person);
  let state = 20260604;
  const next = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; // a plain congruential generator: it only has to repeat
    return (state >> 8) % most;
  };
  const outcomes = { done: 0, refused: 0 };
  for (let round = 0; round < 2000; round += 1) {
    const [operation, args] = good[next(good.length)]!;
    const bytes = encode(args).slice();
    bytes[next(bytes.length)]! ^= 1 + next(255);
    try {
      await held.keeper.run(operation, decode(bytes));
      outcomes.done += 1;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Fault)) throw error;
      outcomes.refused += 1;
    }
  }
  assert.ok(outcomes.refused > 1000, JSON.stringify(outcomes));
});
