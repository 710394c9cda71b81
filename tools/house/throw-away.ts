import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type HouseProcess, startHouse } from '@visor/cli';
import type { JsonObject } from '@visor/record';
import { askLocally } from '@visor/server/local';

export interface Figures {
  /** fdatasync calls of the ledger's log so far. */
  readonly syncs: number;
  readonly database: string;
  readonly keeper: number;
  readonly postmaster: number;
}

/** A house in a process of its own on an empty folder, as an operator starts it; started and stopped as often as wanted. */
export interface ThrowAway extends AsyncDisposable {
  readonly folder: string;
  readonly house: HouseProcess;
  start(): Promise<void>;
  site(name: string): Promise<{ readonly secret: string; readonly origin: string }>;
  figures(): Promise<Figures>;
}

export async function throwAwayHouse(): Promise<ThrowAway> {
  const folder = mkdtempSync(join(tmpdir(), 'visor-house-'));
  const models = resolve(process.env.VISOR_DATA ?? 'data', 'models');
  mkdirSync(join(folder, 'house'));
  if (existsSync(models)) symlinkSync(models, join(folder, 'house', 'models'));
  const at = join(folder, 'house');
  let house = await startHouse(at, process.env);
  const asked = async (act: string, args: JsonObject): Promise<JsonObject> => {
    const answer = await askLocally(at, act, args);
    if (answer === undefined) throw new Error('the house does not run');
    return answer as JsonObject; // these acts answer objects
  };
  return {
    folder: at,
    get house() {
      return house;
    },
    async start() {
      house = await startHouse(at, process.env);
    },
    async site(name) {
      const { secret, origin } = await asked('key.make', { site: name, scopes: null });
      return { secret: String(secret), origin: String(origin) };
    },
    figures: async () => (await asked('figures', {})) as unknown as Figures, // the act answers these members
    async [Symbol.asyncDispose]() {
      await house.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
