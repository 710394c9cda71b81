import type { Writable } from 'node:stream';
import { Fault } from '@visor/record';
import type { HouseSettings } from '@visor/server';
import type { Context } from './context.ts';

const PORT = 8717;

/** The operator's settings, from VISOR_… variables. @throws Fault `settings` with the variable's name */
export function settingsOf(context: Context, say: (line: string) => void, log?: Writable): HouseSettings {
  const { env } = context;
  const port = Number(env.VISOR_PORT ?? PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Fault('settings', 'VISOR_PORT is not a port number.');
  if (env.VISOR_URL !== undefined && !URL.canParse(env.VISOR_URL))
    throw new Fault('settings', 'VISOR_URL is not an address.');
  return {
    folder: context.folder,
    port,
    say,
    ...(env.VISOR_URL === undefined ? {} : { url: env.VISOR_URL }),
    ...(env.VISOR_DATABASE_URL === undefined ? {} : { databaseUrl: env.VISOR_DATABASE_URL }),
    ...(env.VISOR_PG_BIN === undefined ? {} : { pgBin: env.VISOR_PG_BIN }),
    ...(env.VISOR_ORIGIN === undefined ? {} : { originPrefix: env.VISOR_ORIGIN }),
    ...(log === undefined ? {} : { log }),
  };
}
