import { folderOf, languageOf } from './context.ts';
import { runCommand } from './run.ts';

/** Whoever reads the output may stop reading (`| head`): that ends the saying, and is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const code = await runCommand(process.argv.slice(2), {
  process,
  env: process.env,
  language: languageOf(process.env),
  folder: folderOf(process.env, process.cwd()),
  exit: 0,
});
process.exitCode = code;
