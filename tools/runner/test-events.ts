/** What a test process tells the runner: one JSON line a finished test. Node loads this file as its reporter. */
import type { TestEvent } from 'node:test/reporters';

export interface Finished {
  readonly name: string;
  readonly passed: boolean;
  /** The reason of a skip; true when none was given. */
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  /** Why it failed, with the place; empty when it passed. */
  readonly because: string;
}

/** Comes after the last test: a process that left in the middle, even with code 0, did not write it. */
export const LAST_EVENT = 'end\n';

async function* finishedTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error: unknown = type === 'test:fail' ? data.details.error : undefined;
    if (data.details.type === 'suite' || isOfSubtests(error)) continue; // its tests speak for it
    const { name, skip, todo } = data;
    const finished: Finished = {
      name,
      passed: type === 'test:pass',
      ...(skip !== undefined && { skip }),
      ...(todo !== undefined && { todo }),
      because: reasonIn(error),
    };
    yield `${JSON.stringify(finished)}\n`;
  }
  yield LAST_EVENT;
}

function isOfSubtests(error: unknown): boolean {
  return error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed';
}

/** The error thrown in the test; Node wraps it in one of its own. */
function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const inner = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in inner ? ` (${String(inner.code)})` : '';
  return `${inner.stack ?? inner.message}${code}`;
}

// biome-ignore lint/style/noDefaultExport: Node takes a reporter by its default export and no other
export default finishedTests;
