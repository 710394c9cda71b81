import { buildApplication, buildCommand, buildRouteMap, type Command, type FlagParametersForType } from '@stricli/core';
import { Refusal } from '@visor/record';
import { COMMANDS } from './commands.ts';
import { type Context, type Exit, exitOf, sayJson, warn } from './context.ts';

type Flags = Readonly<Record<string, string | boolean | undefined>>;
/** A command: flags and words in, exit code out. */
export type Run = (context: Context, flags: Flags, words: readonly string[]) => Promise<Exit>;
type Load = () => Promise<Run>;

interface Shape {
  readonly words?: readonly string[];
  readonly flags?: Readonly<Record<string, string>>;
}

function command(name: (typeof COMMANDS)[number]['name'], load: Load, shape: Shape = {}): Command<Context> {
  const text = { kind: 'parsed', parse: String, optional: true } as const;
  const json = { kind: 'boolean', brief: 'one JSON document on stdout, nothing else', default: false } as const;
  const flags = Object.fromEntries(
    Object.entries(shape.flags ?? {}).map(([flag, brief]) => [flag, { ...text, brief, placeholder: flag }]),
  );
  return buildCommand<Flags, string[], Context>({
    loader: async () => {
      const run = await load();
      return async function (this: Context, given: Flags, ...words: string[]) {
        await guarded(this, () => run(this, given, words), given.json === true);
      };
    },
    parameters: {
      // The names are only known as data, so the parser's type for them cannot be written out.
      flags: { json, ...flags } as unknown as FlagParametersForType<Flags, Context>,
      positional: {
        kind: 'array',
        parameter: { brief: (shape.words ?? []).join(' '), parse: String, placeholder: shape.words?.[0] ?? 'none' },
        minimum: shape.words?.filter((word) => !word.endsWith('?')).length ?? 0,
        maximum: shape.words?.length ?? 0,
      },
    },
    docs: { brief: COMMANDS.find((known) => known.name === name)!.does },
  });
}

/** Refusals and faults become a sentence and an exit code; a bug goes on up and ends the process. */
async function guarded(context: Context, run: () => Promise<Exit>, json: boolean): Promise<void> {
  try {
    context.exit = await run();
  } catch (error) {
    const exit = exitOf(error);
    if (exit === undefined || !(error instanceof Error)) throw error;
    context.exit = exit;
    const code = error instanceof Refusal ? error.code : 'fault';
    if (json) sayJson(context, { error: { code, says: error.message } });
    else warn(context, `${error.message} (${code})`);
  }
}

const ROUTES = buildRouteMap<string, Context>({
  routes: {
    serve: command('serve', async () => (await import('./commands/serve.ts')).serve),
    check: command('check', async () => (await import('./commands/check.ts')).check),
    drill: buildRouteMap<string, Context>({
      routes: {
        seal: command('drill seal', async () => (await import('./drill/seal.ts')).drillSeal, {
          flags: { keep: 'leaves bundle, anchor card and house in this folder' },
        }),
      },
      docs: { brief: 're-enacts the case with people who do not exist' },
    }),
    verify: command('verify', async () => (await import('./commands/verify-files.ts')).verifyFiles, {
      words: ['BUNDLE', 'BUNDLE?'],
      flags: { trust: 'your own copy of the anchor card', head: 'a signed head that you hold' },
    }),
    face: buildRouteMap<string, Context>({
      routes: {
        find: command('face find', async () => (await import('./commands/face.ts')).faceFind, { words: ['PICTURE'] }),
        compare: command('face compare', async () => (await import('./commands/face.ts')).faceCompare, {
          words: ['PICTURE', 'PICTURE'],
        }),
      },
      docs: { brief: 'faces in pictures; no house needed' },
    }),
    ledger: buildRouteMap<string, Context>({
      routes: {
        check: command('ledger check', async () => (await import('./commands/ledger.ts')).ledgerCheck, {
          words: ['DIR?'],
          flags: { trust: 'your own copy of the anchor card' },
        }),
        prove: command('ledger prove', async () => (await import('./commands/ledger.ts')).ledgerProve, {
          words: ['DIR', 'INDEX'],
          flags: { log: 'origin of the log, where the folder has several' },
        }),
        anchor: command('ledger anchor', async () => (await import('./commands/ledger.ts')).ledgerAnchor, {
          flags: { out: 'writes to this file' },
        }),
      },
      docs: { brief: 'the ledger on disk' },
    }),
    bundle: buildRouteMap<string, Context>({
      routes: {
        make: command('bundle make', async () => (await import('./commands/bundle.ts')).bundleMake, {
          flags: { site: 'id of the site', person: 'id of the person', out: 'writes to this file' },
        }),
      },
      docs: { brief: 'evidence bundles' },
    }),
    key: buildRouteMap<string, Context>({
      routes: {
        make: command('key make', async () => (await import('./commands/key.ts')).keyMake, {
          flags: { site: 'name of the site', scopes: 'comma-separated; all of them when left out' },
        }),
        list: command('key list', async () => (await import('./commands/key-life.ts')).keyList, {
          flags: { site: 'id of the site' },
        }),
        rotate: command('key rotate', async () => (await import('./commands/key-life.ts')).keyRotate, {
          flags: { site: 'id of the site', key: 'id of the key that gets a successor' },
        }),
        revoke: command('key revoke', async () => (await import('./commands/key-life.ts')).keyRevoke, {
          flags: { site: 'id of the site', key: 'id of the key' },
        }),
        backup: command('key backup', async () => (await import('./commands/key.ts')).keyBackup, {
          words: ['FILE'],
          flags: { days: 'expires after this many days; 30 when left out' },
        }),
      },
      docs: { brief: 'keys of the house and of sites' },
    }),
  },
  docs: { brief: 'keeps face data under seal, lets in only those who may, and proves it' },
});

export const app = buildApplication(ROUTES, {
  name: 'visor',
  scanner: { caseStyle: 'allow-kebab-for-camel' },
  documentation: { disableAnsiColor: true },
});
