/**
 * The whole test run: static checks, rooms, doors, and the prose of the house.
 * `npm test -- rooms/ledger` runs the tests that lie there; `npm test -- static` only the checks.
 * The last line counts; the exit code is 0 when something ran and nothing failed.
 */
import { join } from 'node:path';
import { runStage, runStatic, STAGES } from './runner/stages.ts';
import { closingLine, exitCodeOf, type Outcome, tallyOf } from './runner/tally.ts';

process.chdir(join(import.meta.dirname, '..'));
const say = (line: string): void => console.log(line);

const wanted = process.argv.slice(2).map((path) => path.replace(/^\.\//, ''));
const started = performance.now();
const outcomes: Outcome[] = [];

if (wanted.length === 0 || wanted.includes('static')) outcomes.push(...(await timed('static', () => runStatic(say))));
const paths = wanted.filter((path) => path !== 'static');
if (wanted.length === 0 || paths.length > 0) {
  for (const stage of STAGES) outcomes.push(...(await timed(stage.name, () => runStage(stage, paths, say))));
}

for (const { title, failures } of outcomes) {
  for (const failure of failures) say(`\nfailed: ${title}: ${failure}`);
}
const skips = outcomes.flatMap((outcome) => outcome.skips);
if (skips.length > 0) say(`\nskipped, and why:\n${skips.map((skip) => `  ${skip}`).join('\n')}`);

const tally = tallyOf(outcomes);
if (tally.passed + tally.failed === 0) say('nothing ran, so nothing was shown');
say(`\nall of it took ${((performance.now() - started) / 1000).toFixed(0)} s`);
say(closingLine(tally));
process.exitCode = exitCodeOf(tally);

async function timed(name: string, work: () => Promise<readonly Outcome[]>): Promise<readonly Outcome[]> {
  const from = performance.now();
  const results = await work();
  if (results.length > 0) say(`${name} took ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  return results;
}
