import { folderOf, languageOf } from './context.ts';
import { runCommand } from './run.ts';

const code = await runCommand(process.argv.slice(2), {
  process,
  env: process.env,
  language: languageOf(process.env),
  folder: folderOf(process.env, process.cwd()),
  exit: 0,
});
process.exitCode = code;
