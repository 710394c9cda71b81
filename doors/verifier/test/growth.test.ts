import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveIn, makeBundle, makeReceipt, seededBytes, seededWhole } from '@visor/case/rehearsal';
import { compareReceipts, readFraudProof, verify, verifyFile } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { aBundle, houseOf, LOG, trustOf } from './node-house.ts';

test('verifying takes time in proportion to the entries, from ten to a thousand', (t) => {
  const points = [10, 32, 100, 320, 1000].map((acts) => {
    const house = houseOf('growth');
    const shown = liveIn(house, LOG, acts);
    const bytes = makeBundle(house, { origin: LOG, shown });
    const trust = trustOf(house);
    assert.equal(verify(nodeTools, bytes, { trust }).verdict, 'UNCHANGED');
    const runs = Array.from({ length: acts > 100 ? 5 : 11 }, () => {
      const before = process.cpuUsage();
      verify(nodeTools, bytes, { trust });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    return { x: Math.log(acts), y: Math.log(runs.sort((a, b) => a - b)[runs.length >> 1]!) };
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const exponent = mean(points.map(({ x, y }) => (x - mx) * (y - my))) / mean(points.map(({ x }) => (x - mx) ** 2));
  t.diagnostic(`fitted exponent ${exponent.toFixed(2)}`);
  assert.ok(exponent <= 1.3, `fitted exponent ${exponent}`);
});

test('whatever the bytes, there is a report or a refusal, and never UNCHANGED', () => {
  const { house, bytes: bundle, trust } = aBundle('fuzz', 3);
  const receipt = makeReceipt(house, liveIn(house, LOG, 1)[0]!);
  const whole = seededWhole('fuzz');
  const random = seededBytes('fuzz');
  for (let round = 0; round < 1200; round += 1) {
    const origin = round % 2 === 0 ? bundle : receipt;
    const bytes = origin.slice(0, round % 3 === 0 ? 20 + whole(origin.length - 20) : origin.length);
    for (let edits = 1 + whole(5); edits > 0; edits -= 1) {
      const junk = random(1 + whole(8));
      bytes.set(junk, whole(bytes.length - junk.length));
    }
    if (Buffer.compare(bytes, origin) === 0) continue;
    const said = [
      outcome(() => verifyFile(nodeTools, bytes, { trust }).verdict),
      outcome(() => compareReceipts(nodeTools, [bytes, receipt], { trust }).verdict),
      outcome(() => readFraudProof(nodeTools, bytes).why),
    ];
    for (const one of said) assert.ok(['refused', 'CHANGED', 'CANNOT TELL'].includes(one), `round ${round}: ${one}`);
  }
});

function outcome(run: () => string): string {
  try {
    return run();
  } catch (refusal) {
    if (refusal instanceof Error && refusal.name === 'Refusal') return 'refused';
    throw refusal;
  }
}
