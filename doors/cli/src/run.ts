import { run } from '@stricli/core';
import { app } from './app.ts';
import { type Context, EXIT, type Exit } from './context.ts';

/** Runs one command line; what the parser itself refuses is a usage error. */
export async function runCommand(args: readonly string[], context: Context): Promise<Exit> {
  const parser = {
    stdout: context.process.stdout,
    stderr: context.process.stderr,
    env: { STRICLI_NO_COLOR: '1' },
    exitCode: 0,
  };
  await run(app, args, { ...context, process: parser, forCommand: () => context });
  const usage = parser.exitCode !== 0 && parser.exitCode !== EXIT.refused;
  return usage ? EXIT.usage : context.exit;
}
