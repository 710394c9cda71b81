import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Enrolled, enrolled, purposeOf, type SmallHouse, smallHouse, verified } from './small-house.ts';
import { copyRows, facesOpened, type Rows } from './thief.ts';

const STEPS = [
  ...['before the new person key', 'after the new person key', 'before the commit', 'after the commit'],
  ...['before the burn', 'after the burn', 'after the burn was noted', 'after the answer'],
] as const;
const COMMITTED = STEPS.indexOf('after the commit');

interface Case {
  readonly withdrawn: Enrolled;
  readonly kept: Enrolled;
}

async function killedAt(step: string, of: { folder: string; withdrawn: Enrolled }): Promise<void> {
  const { site, consent } = of.withdrawn;
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./withdraw-and-die.ts', import.meta.url)),
      JSON.stringify({ folder: of.folder, step, site, consent }),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [, signal] = await once(child, 'exit');
  assert.equal(signal, 'SIGKILL', step);
}

test('a withdrawal that is killed at any step is either not done or wholly done after the next start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visor-keeper-'));
  const cases: Case[] = [];
  const first = await smallHouse({ folder, fresh: true });
  const site = await first.site();
  const purposes = [await purposeOf(first, site, 'login'), await purposeOf(first, site, 'door')] as const;
  for (const _ of STEPS) {
    const withdrawn = await enrolled(first, { site, purpose: purposes[0], name: 'ann' });
    cases.push({
      withdrawn,
      kept: await enrolled(first, { site, purpose: purposes[1], name: 'ann', person: withdrawn.person }),
    });
  }
  const yesterday = await copyRows(first.db);
  await first[Symbol.asyncDispose]();
  for (const [at, step] of STEPS.entries()) await killedAt(step, { folder, withdrawn: cases[at]!.withdrawn });

  await using house = await smallHouse({ folder });
  for (const [at, { withdrawn, kept }] of cases.entries()) {
    const step = STEPS[at]!;
    assert.equal(await verified(house, kept), 'accept', `${step}: what was kept`);
    if (at < COMMITTED) {
      assert.equal(await verified(house, withdrawn), 'accept', step);
      continue;
    }
    await assert.rejects(verified(house, withdrawn), { code: 'vault.consent.missing' }, step);
    await refusedAgain(house, yesterday, withdrawn);
    assert.equal(await withdrawals(house, withdrawn), 1, `${step}: entries`);
  }
  const owed = await house.db.query({ text: 'SELECT 1 FROM pending_burn' });
  assert.equal(owed.length, 0);
  const open = await facesOpened(join(folder, 'keeper'), [await copyRows(house.db)]);
  const left = cases.flatMap(({ withdrawn, kept }, at) => (at < COMMITTED ? [withdrawn.face, kept.face] : [kept.face]));
  assert.deepEqual(open, new Set(left));
  await house[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Yesterday's wraps do not open in the keeper. */
async function refusedAgain(house: SmallHouse, yesterday: Rows, of: Enrolled): Promise<void> {
  const row = yesterday.person.find(({ person }) => person === of.person)!;
  const secret = yesterday.consent_secret.find(({ consent }) => consent === of.consent)!;
  const key = {
    ...{ person: of.person, serial: Number(row['serial']), generation: Number(row['generation']) },
    wrap: wrapOf(row),
  };
  const { consent, purpose } = of;
  const asked = { site: of.site.site, key, consent, secret: wrapOf(secret), purpose, version: 1 };
  await assert.rejects(house.keeper.port.release(asked), { code: 'keeper.serial.dead' });
}

const wrapOf = ({ wrap }: Rows['person'][number]): Uint8Array => {
  assert.ok(wrap instanceof Uint8Array);
  return wrap;
};

async function withdrawals(house: SmallHouse, of: Enrolled): Promise<number> {
  const size = (await house.entries.head(of.site.origin))!.size;
  let count = 0;
  for (let from = 0; from < size; from += 20) {
    const { entries } = await house.vault.readEntries(house.call(of.site), { from, limit: 20 });
    count += entries.filter(
      ({ kind, subject }) => kind === 'consent.withdrawn' && subject?.['consent'] === of.consent,
    ).length;
  }
  return count;
}
