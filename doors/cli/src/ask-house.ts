import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, type JsonObject } from '@visor/record';
import { localActs, openHouse } from '@visor/server';
import { askLocally } from '@visor/server/local';
import { type Context, warn } from './context.ts';
import { settingsOf } from './settings.ts';

/**
 * Asks the house that runs on the data folder, or opens it for this one question when none runs.
 * @throws Fault `house` when there is no house yet
 */
export async function askHouse(context: Context, act: string, args: JsonObject): Promise<JsonObject | string> {
  const { folder } = context;
  if (!existsSync(join(folder, 'keeper'))) {
    throw new Fault('house', `There is no house in ${folder} yet; ./visor serve makes one.`);
  }
  const answered = await askLocally(folder, act, args);
  if (answered !== undefined) return answered as JsonObject | string; // every local act answers one of the two
  await using house = await openHouse(
    settingsOf(context, (line) => warn(context, line)),
    { faces: false },
  );
  const run = localActs(house)[act];
  if (run === undefined) throw new Error(`no local act is called ${act}`);
  return (await run(args)) as JsonObject | string; // as above
}
