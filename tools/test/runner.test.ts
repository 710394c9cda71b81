import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProgram } from '../runner/run-program.ts';
import { runTestFile } from '../runner/run-test-file.ts';
import { sideBySide } from '../runner/side-by-side.ts';
import { filesOf, STAGES } from '../runner/stages.ts';
import { closingLine, exitCodeOf, type Outcome, tallyOf } from '../runner/tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'visor-runner-'));
after(() => rmSync(folder, { recursive: true }));

async function outcomeOf(source: string, limitSeconds = 60): Promise<Outcome> {
  const file = join(folder, `planted-${source.length}.test.ts`);
  writeFileSync(file, `import { test, describe } from 'node:test';\n${source}\n`);
  return await runTestFile(file, limitSeconds);
}

/** What a test file may do, and what it must count as: passed, failed, skipped. */
const RUNS: readonly (readonly [string, string, readonly [number, number, number], RegExp])[] = [
  ['two tests that pass', `test('a', () => {}); test('b', async () => {});`, [2, 0, 0], /^$/],
  ['a test that fails', `test('a', () => { throw new Error('the root differs'); });`, [0, 1, 0], /the root differs/],
  [
    'a promise that is refused',
    `test('a', async () => { await Promise.reject(new Error('late')); });`,
    [0, 1, 0],
    /late/,
  ],
  ['a test inside a suite', `describe('s', () => { test('a', () => {}); });`, [1, 0, 0], /^$/],
  [
    'a part that fails inside a test',
    `test('a', (t) => t.test('b', () => { throw new Error('inner'); }));`,
    [0, 1, 0],
    /inner/,
  ],
  ['a skip with a reason', `test('a', (t) => t.skip('no openssl here')); test('b', () => {});`, [1, 0, 1], /^$/],
  ['a skip without a reason', `test('a', { skip: true }, () => {});`, [0, 1, 0], /does not say why/],
  ['a test that is not written yet', `test('a', { todo: true }, () => {});`, [0, 1, 0], /written or it is not there/],
  ['a file without a test', 'export {};', [0, 1, 0], /it holds no test that/],
  [
    'a file that does not load',
    `throw new Error('no such room');`,
    [0, 1, 0],
    /ended with code 1\n.*\n[\s\S]*no such room/,
  ],
  [
    'a file that ends badly after its tests',
    `test('a', () => {}); process.on('exit', () => { process.exitCode = 3; });`,
    [1, 1, 0],
    /code 3/,
  ],
  [
    'a test that ends the process',
    `test('a', () => {}); test('b', async () => { await new Promise((done) => { setTimeout(done, 200); }); process.exit(0); });`,
    [1, 1, 0],
    /in the middle of its tests/,
  ],
];

for (const [what, source, counts, sentence] of RUNS) {
  test(`the runner counts ${what}`, async () => {
    const outcome = await outcomeOf(source);
    const { passed, failed, skipped } = tallyOf([outcome]);
    assert.deepEqual([passed, failed, skipped], counts, outcome.failures.join('\n'));
    assert.match(outcome.failures.join('\n'), sentence);
  });
}

test('a test that hangs is ended with everything it started, and counts as failed', async () => {
  const trace = join(folder, 'grandchild');
  const child = `require('fs').writeFileSync(${JSON.stringify(trace)}, String(process.pid)); setInterval(() => {}, 1000)`;
  const outcome = await outcomeOf(
    `import { spawn } from 'node:child_process';
     test('hangs', () => new Promise(() => { spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1000); }));`,
    3,
  );
  assert.match(outcome.failures.join('\n'), /ended after 3 s/);
  assert.ok(existsSync(trace), 'the grandchild had started');
  const pid = Number(readFileSync(trace, 'utf8'));
  const ended = await runProgram({
    command: 'sh',
    args: ['-c', `kill -0 ${pid} && test "$(cut -d' ' -f3 < /proc/${pid}/stat)" != Z`],
    limitSeconds: 10,
  });
  assert.notEqual(ended.code, 0, 'the grandchild is gone');
});

test('a skip is named with its reason', async () => {
  const { skips } = await outcomeOf(`test('a signature is read by openssl', (t) => t.skip('there is no openssl'));`);
  assert.equal(skips.length, 1);
  assert.match(skips[0]!, /a signature is read by openssl: there is no openssl$/);
});

test('a program that is not there is a failure, not a crash of the runner', async () => {
  const { code, output } = await runProgram({ command: 'there-is-no-such-program', args: [], limitSeconds: 5 });
  assert.equal(code, 4);
  assert.match(output, /ENOENT/);
});

test('the last line counts, and a run in which nothing ran has not passed', () => {
  assert.equal(closingLine({ passed: 12, failed: 0, skipped: 3 }), '12 passed, 0 failed, 3 skipped');
  assert.equal(exitCodeOf({ passed: 12, failed: 0, skipped: 3 }), 0);
  assert.equal(exitCodeOf({ passed: 12, failed: 1, skipped: 0 }), 1);
  assert.equal(exitCodeOf({ passed: 0, failed: 0, skipped: 3 }), 1);
});

test('every test file of the house belongs to exactly one stage, and a path narrows to what lies there', () => {
  const files = STAGES.flatMap((stage) => filesOf(stage, []));
  assert.equal(new Set(files).size, files.length);
  assert.ok(files.includes('tools/test/runner.test.ts'));
  assert.ok(files.some((file) => file.startsWith('rooms/record/test/')));
  const narrowed = STAGES.flatMap((stage) => filesOf(stage, ['rooms/record']));
  assert.ok(narrowed.length > 0 && narrowed.every((file) => file.startsWith('rooms/record/')));
  assert.deepEqual(
    STAGES.flatMap((stage) => filesOf(stage, ['rooms/rec'])),
    [],
  );
});

test('no more things are done at once than asked for, and results keep their order', async () => {
  let now = 0;
  let most = 0;
  const results = await sideBySide([5, 4, 3, 2, 1], 2, async (n) => {
    now += 1;
    most = Math.max(most, now);
    for (let i = 0; i < n; i += 1) await Promise.resolve();
    now -= 1;
    return n * 10;
  });
  assert.deepEqual(results, [50, 40, 30, 20, 10]);
  assert.equal(most, 2);
});
