/** Looks through every file that is committed for paths of one machine, registry hosts and debts without an end. */
import { readPlan } from './checks/plan.ts';
import { reportAndExit } from './checks/report.ts';
import { listFiles, readSources } from './checks/source-files.ts';
import { breachesOfWords } from './checks/words.ts';

const TEXT = [
  '**/*.{ts,mjs,js,json,md,sql,svg,sh,yaml,yml,html,css,txt}',
  'visor',
  'LICENSE',
  '.ci/*',
  '.gitignore',
  '.npmrc',
];

const sources = readSources(listFiles(TEXT).files);

reportAndExit({
  check: 'words',
  read: sources.length,
  breaches: sources.flatMap(breachesOfWords),
  owing: readPlan().owing.words,
});
