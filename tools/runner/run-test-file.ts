/** Runs one test file in a process of its own and says what became of each of its tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, runProgram } from './run-program.ts';
import type { Outcome } from './tally.ts';
import { type Finished, LAST_EVENT } from './test-events.ts';

const REPORTER = './tools/runner/test-events.ts';

export async function runTestFile(file: string, limitSeconds: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'visor-test-'));
  const events = join(folder, 'events');
  try {
    const args = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${events}`, file];
    const ended = await runProgram({ command: process.execPath, args, limitSeconds });
    return outcomeOf({ file, ended, ...readEvents(events), limitSeconds });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readEvents(path: string): Pick<Run, 'finished' | 'whole'> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return { finished: [], whole: false }; // the process ended before its first test
  }
  const lines = text.split('\n').filter((line) => line.endsWith('}'));
  return { finished: lines.map((line): Finished => JSON.parse(line)), whole: text.endsWith(LAST_EVENT) };
}

interface Run {
  readonly file: string;
  readonly ended: Ended;
  readonly finished: readonly Finished[];
  readonly whole: boolean; // the process went through all of its tests
  readonly limitSeconds: number;
}

function outcomeOf(run: Run): Outcome {
  const { file, ended, finished } = run;
  const failures = finished.flatMap((one) => failureOf(one) ?? []);
  const broken = brokenRun(run);
  if (broken && (failures.length === 0 || !run.whole)) failures.push(broken);
  return {
    title: file,
    seconds: ended.seconds,
    passed: finished.filter(({ passed, skip, todo }) => passed && !skip && !todo).length,
    failures: failures.length > 0 && ended.output.trim() !== '' ? withOutput(failures, ended.output) : failures,
    skips: finished.filter((one) => typeof one.skip === 'string').map(({ name, skip }) => `${file}: ${name}: ${skip}`),
  };
}

function failureOf({ name, passed, skip, todo, because }: Finished): string | undefined {
  if (todo) return `${name}\n    a test is written or it is not there`;
  if (skip === true || skip === '') return `${name}\n    it was skipped and does not say why`;
  return passed || skip ? undefined : `${name}\n${indented(because)}`;
}

/** What is wrong with the run as a whole, whatever its tests said. */
function brokenRun({ ended, finished, whole, limitSeconds }: Run): string | undefined {
  if (ended.outOfTime) return `it was ended after ${limitSeconds} s`;
  if (ended.code !== 0) return `the process ended with code ${ended.code}`;
  if (finished.length === 0) return 'it holds no test that came to its end';
  return whole ? undefined : 'the process ended in the middle of its tests';
}

function withOutput(failures: readonly string[], output: string): string[] {
  const last = failures.length - 1;
  return failures.map((failure, at) =>
    at === last ? `${failure}\n    it printed:\n${indented(output.slice(-4000))}` : failure,
  );
}

const indented = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
