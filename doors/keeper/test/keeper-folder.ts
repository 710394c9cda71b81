/** A keeper in this process on a folder of its own, with a clock that a test moves. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BudgetSizes, type KeeperPort, type OpenedKeeper, openKeeper } from '@visor/keeper';
import { type Bytes, type Instant, instant, newId } from '@visor/record';
import type { PersonKey } from '@visor/vault';

export const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
export const HOUSE = 'hse_test';

export interface TestKeeper extends AsyncDisposable {
  readonly folder: string;
  readonly clock: { at: number };
  readonly port: KeeperPort;
  readonly keeper: OpenedKeeper;
  /** Lets go of the keeper without a word, as kill -9 does, and opens its folder again. */
  crash(): Promise<void>;
  /** Stops it in good order and opens its folder again. */
  restart(): Promise<void>;
}

export async function testKeeper(budgets?: BudgetSizes): Promise<TestKeeper> {
  const folder = await mkdtemp(join(tmpdir(), 'visor-keeper-'));
  const clock = { at: Date.UTC(2026, 5, 1, 8) };
  const now = (): Instant => instant(clock.at);
  const open = (create: boolean): Promise<OpenedKeeper> =>
    openKeeper({ folder, house: HOUSE, create, now, random, ...(budgets === undefined ? {} : { budgets }) });
  let keeper = await open(true);
  const crashed: OpenedKeeper[] = []; // kept, so that their files are closed in the end and not by chance
  return {
    ...{ folder, clock },
    get port() {
      return keeper.port;
    },
    get keeper() {
      return keeper;
    },
    async crash() {
      crashed.push(keeper);
      keeper = await open(false);
    },
    async restart() {
      await keeper[Symbol.asyncDispose]();
      keeper = await open(false);
    },
    async [Symbol.asyncDispose]() {
      for (const one of [...crashed, keeper]) await one[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface TestPerson {
  readonly site: string;
  readonly origin: string;
  readonly organisation: { readonly generation: number; readonly wrap: Bytes };
  readonly key: PersonKey;
  readonly group: Bytes;
  readonly filing: Bytes;
  readonly tag: Bytes;
  readonly consent: string;
  readonly purpose: string;
  readonly secret: Bytes;
}

export async function testSite(port: KeeperPort): Promise<Pick<TestPerson, 'site' | 'origin' | 'organisation'>> {
  const site = newId('sit', random);
  const origin = `visor.invalid/${site}/1`;
  const made = await port.makeSite({ site, origin });
  return { site, origin, organisation: { generation: made.generation, wrap: made.organisation } };
}

export async function testPerson(
  port: KeeperPort,
  at?: Pick<TestPerson, 'site' | 'origin' | 'organisation'>,
): Promise<TestPerson> {
  const site = at ?? (await testSite(port));
  const person = newId('per', random);
  const made = await port.makePerson({ site: site.site, person });
  const key = { person, serial: made.serial, generation: made.generation, wrap: made.wrap };
  const consent = newId('con', random);
  const secret = await port.makeConsent({ site: site.site, key, consent });
  const { group, filing, tag } = made;
  return { ...site, key, group, filing, tag, consent, purpose: newId('pur', random), secret };
}

export const releaseOf = ({ site, key, consent, secret, purpose }: TestPerson) => ({
  ...{ site, key, consent, secret, purpose },
  version: 1,
});
