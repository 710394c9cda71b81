import { ExitCode, run, type StricliProcess } from '@stricli/core';
import { app } from './app.ts';
import { type Context, EXIT, type Exit } from './context.ts';

/** What a bug ends with: none of the codes that say something about what was asked (sysexits calls it EX_SOFTWARE). */
export const BUG = 70;

/** Runs one command line; what the parser itself refuses is a usage error. */
export async function runCommand(args: readonly string[], context: Context): Promise<Exit | typeof BUG> {
  const { stdout, stderr } = context.process;
  const parser: StricliProcess = { stdout, stderr, env: { STRICLI_NO_COLOR: '1' } };
  await run(app, args, { ...context, process: parser, forCommand: () => context });
  if (parser.exitCode === ExitCode.Success) return context.exit;
  const usage = parser.exitCode === ExitCode.UnknownCommand || parser.exitCode === ExitCode.InvalidArgument;
  return usage ? EXIT.usage : BUG;
}
