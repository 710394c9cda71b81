/** What a test run does, in which order, and for how long each part may take. */
import { existsSync, globSync } from 'node:fs';
import { runProgram } from './run-program.ts';
import { runTestFile } from './run-test-file.ts';
import { sideBySide } from './side-by-side.ts';
import type { Outcome } from './tally.ts';

const AT_ONCE = 2; // the machine that this house promises to run on has two cores

export interface Stage {
  readonly name: string;
  readonly does: string;
  readonly folders: readonly string[];
  readonly limitSeconds: number; // for one file; a healthy one takes a small part of it
}

export const STAGES: readonly Stage[] = [
  { name: 'rooms', does: 'what each room promises', folders: ['rooms/*/test'], limitSeconds: 150 },
  {
    name: 'doors',
    does: 'what each door promises, with the house behind it',
    folders: ['doors/*/test', 'fixtures/*/test'],
    limitSeconds: 300,
  },
  { name: 'house', does: 'that the checks refuse and the prose is true', folders: ['tools/test'], limitSeconds: 120 },
];

type Say = (line: string) => void;

interface StaticCheck {
  readonly name: string;
  readonly args: readonly string[];
}

/** All of them run on the Node of this run: the one on the path may be older. */
function staticChecks(): StaticCheck[] {
  const own = ['rooms', 'sizes', 'words', 'sql'].filter((name) => existsSync(`tools/check-${name}.ts`));
  const biome = ['ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=100'];
  return [
    { name: 'types', args: ['node_modules/.bin/tsc', '--noEmit', '-p', '.'] },
    { name: 'style', args: ['node_modules/.bin/biome', ...biome] },
    ...own.map((name) => ({ name, args: [`tools/check-${name}.ts`] })),
  ];
}

export async function runStatic(say: Say): Promise<readonly Outcome[]> {
  say('static: the types, the style, and who may touch what');
  return await sideBySide(staticChecks(), AT_ONCE, async ({ name, args }) => {
    const { code, output, seconds } = await runProgram({ command: process.execPath, args, limitSeconds: 180 });
    say(`  ${code === 0 ? 'ok    ' : 'FAILED'} ${name}  ${seconds.toFixed(1)} s  ${lastLine(output)}`);
    const failures = code === 0 ? [] : [`${name}\n${output.trimEnd()}`];
    return { title: `static ${name}`, seconds, passed: code === 0 ? 1 : 0, failures, skips: [] };
  });
}

export async function runStage(stage: Stage, wanted: readonly string[], say: Say): Promise<readonly Outcome[]> {
  const files = filesOf(stage, wanted);
  if (files.length === 0) return [];
  say(`${stage.name}: ${stage.does}, ${files.length} files`);
  const run = async (file: string): Promise<Outcome> => {
    const outcome = await runTestFile(file, stage.limitSeconds);
    say(lineOf(outcome));
    return outcome;
  };
  const alone = files.filter((file) => file.endsWith('.alone.test.ts')); // they measure, kill or cut the power
  const together = files.filter((file) => !file.endsWith('.alone.test.ts'));
  return [...(await sideBySide(together, AT_ONCE, run)), ...(await sideBySide(alone, 1, run))];
}

/** The test files of a stage; with paths given, only those that lie there. */
export function filesOf({ folders }: Stage, wanted: readonly string[]): string[] {
  const files = folders
    .flatMap((folder) => globSync(`${folder}/**/*.test.ts`))
    .map((file) => file.replaceAll('\\', '/'));
  const lies = (file: string, path: string): boolean => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`);
  return files.filter((file) => wanted.length === 0 || wanted.some((path) => lies(file, path))).sort();
}

function lineOf({ title, seconds, passed, failures, skips }: Outcome): string {
  const parts = [
    `${passed} passed`,
    failures.length > 0 && `${failures.length} failed`,
    skips.length > 0 && `${skips.length} skipped`,
  ];
  return `  ${failures.length === 0 ? 'ok    ' : 'FAILED'} ${title}  ${seconds.toFixed(1)} s  ${parts.filter(Boolean).join(', ')}`;
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)!.slice(0, 100);
}
