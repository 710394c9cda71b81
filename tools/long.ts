/**
 * The long runs: power cuts, kills, byte flips. `npm run long` does the full counts;
 * `npm run long -- --minutes 10 --seed S` does as much of each as its share of the time allows.
 */
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LongRun } from './long-run.ts';
import { type LongPlan, readLongPlan } from './runner/long-plan.ts';

process.chdir(join(import.meta.dirname, '..'));
const say = (line: string): void => console.log(line);

const plan = readLongPlan(process.argv.slice(2), Date.now() >>> 0);
if (typeof plan === 'string') {
  console.error(`${plan}\nusage: npm run long -- [--minutes N] [--seed S] [--only NAME]`);
  process.exitCode = 2;
} else {
  process.exitCode = await runAll(plan);
}

async function runAll({ seed, minutes, only }: LongPlan): Promise<number> {
  const files = globSync('tools/long/*.ts')
    .sort()
    .filter((path) => only === undefined || basename(path, '.ts') === only);
  const share = (minutes * 60_000) / Math.max(1, files.length);
  say(`${files.length} long runs, seed ${seed}, ${Number.isFinite(minutes) ? `${minutes} minutes` : 'full counts'}`);
  let failed = 0;
  for (const file of files) failed += await runOne(await load(file), { seed, share });
  say(`${files.length - failed} passed, ${failed} failed, seed ${seed}`);
  return failed > 0 || files.length === 0 ? 1 : 0;
}

async function load(file: string): Promise<LongRun> {
  const module: LongRun = await import(pathToFileURL(file).href); // tools/test/long.test.ts holds each module to this shape
  if (module.name !== basename(file, '.ts')) throw new TypeError(`${file} calls itself ${module.name}`);
  return module;
}

/** 1 when it failed: a try failed, nothing was tried, or less than the full count without a time limit. */
async function runOne(long: LongRun, { seed, share }: { seed: number; share: number }): Promise<0 | 1> {
  const started = Date.now();
  say(`\n${long.name}: at most ${long.full}`);
  const inside = (line: string): void => say(`  ${line}`);
  const result = await long.run({ count: long.full, seed, deadline: started + share, say: inside });
  const failures = [...result.failures];
  if (result.done === 0) failures.push('nothing was tried');
  else if (!Number.isFinite(share) && result.done < long.full)
    failures.push(`only ${result.done} of ${long.full} were tried`);
  for (const failure of failures) say(`  FAILED ${failure}`);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  say(
    `  ${failures.length === 0 ? 'ok' : 'FAILED'} ${long.name}: ${result.done} of ${long.full} in ${seconds} s, ${failures.length} failures, seed ${seed}`,
  );
  return failures.length === 0 ? 0 : 1;
}
