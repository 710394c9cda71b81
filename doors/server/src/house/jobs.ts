import { Fault, type Instant, Refusal } from '@visor/record';
import type { Call, Vault } from '@visor/vault';
import { forgetOld } from '../http/idempotency.ts';
import type { House } from './house.ts';
import { allSites } from './sites.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const REPEATS_FOR = DAY;
/** A key generation lives so long; withdrawals and erasures reach the copies when it ends. */
export const GENERATION_LIVES = 7 * DAY;

/** What a house does by itself, every minute. Each part may fail, is said, and is tried again the next minute. */
export async function minuteJobs(house: House): Promise<void> {
  await tried(house, 'counts of releases', () => house.vault.enterCounts((site) => house.callFor(site)));
  await tried(house, 'counts of refusals', () => house.refusals.flush());
  for (const { site } of await allSites(house.db)) {
    await tried(house, 'old idempotency keys', () => forgetOld(house.db, site, house.now() - REPEATS_FOR));
    await tried(house, 'ended consents', async () => house.vault.endExpired(await house.callFor(site)));
    await tried(house, 'key generations', async () => turnGeneration(house.vault, await house.callFor(site), house));
  }
}

interface Keys {
  readonly keeper: Pick<House['keeper'], 'generations'>;
}

/** Begins a generation when the current one is old enough, re-wraps what names an older one, and ends that when it may. */
export async function turnGeneration(vault: Vault, call: Call, { keeper }: Keys): Promise<void> {
  const generations = await keeper.generations(call.site);
  const current = generations.find((generation) => generation.current);
  if (current !== undefined && call.at - current.begun >= GENERATION_LIVES) await vault.beginGeneration(call);
  const old = generations.filter(
    (generation) => generation !== current || call.at - generation.begun >= GENERATION_LIVES,
  );
  for (const { generation } of old) {
    while ((await vault.rewrap(call.site)) > 0);
    await ended(vault, call, generation);
  }
  await vault.finishGenerations(call);
}

/** A generation that something still names, or whose successor is in no key backup yet, waits for a later minute. */
async function ended(vault: Vault, call: Call, generation: number): Promise<void> {
  try {
    await vault.endGeneration(call, { generation, waived: false });
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'keeper.generation.living')) throw error;
  }
}

async function tried(house: House, what: string, job: () => Promise<unknown>): Promise<void> {
  try {
    await job();
  } catch (error) {
    if (!(error instanceof Fault) && !(error instanceof Refusal)) throw error;
    house.say(`${what}: ${error.message} It is tried again in a minute.`);
  }
}

/** Calls the jobs at every full minute until it is stopped; one round at a time. */
export function everyMinute(house: House, timers: { now: () => Instant }): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    timer = setTimeout(
      () => {
        // A bug is told and not hidden; what comes after it in the minute, and every later minute, must not end with it.
        running = minuteJobs(house)
          .catch((bug: unknown) => house.bug('jobs', bug))
          .then(() => (stopped ? undefined : arm()));
      },
      MINUTE - (timers.now() % MINUTE),
    );
    timer.unref();
  };
  arm();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
