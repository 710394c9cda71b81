import { FIXES } from '@visor/face';
import { Fault, Refusal, type RefusalCode } from '@visor/record';
import { STATUS } from './status.ts';

/** An RFC 9457 problem. Its facts are ids, counts and limits; never what somebody sent. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly request: string;
  readonly fix?: string;
  readonly facts?: Refusal['facts'];
  readonly retryAfter?: number;
}

/** @param refuses the route's own table, which goes before the common one */
export function problemOf(error: unknown, refuses: Partial<Record<RefusalCode, number>>, request: string): Problem {
  if (error instanceof Refusal) {
    const status = refuses[error.code] ?? STATUS[error.code];
    if (status === 500) return opaque(request);
    const fix = FIXES[error.code];
    return {
      ...named(error.code, error.message, status),
      request,
      facts: error.facts,
      ...(fix === undefined ? {} : { fix }),
      ...retryAfter(error, status),
    };
  }
  if (error instanceof Fault) {
    return {
      ...named('fault', 'A part outside failed; the same request may be tried again.', 503),
      request,
      retryAfter: 2,
    };
  }
  return opaque(request);
}

/** A busy house a second later; a budget when the keeper says that it holds enough again. */
function retryAfter({ facts }: Refusal, status: number): { retryAfter?: number } {
  if (status === 503) return { retryAfter: 1 };
  return status === 429 && typeof facts.retry_after_s === 'number' ? { retryAfter: facts.retry_after_s } : {};
}

const opaque = (request: string): Problem => ({
  ...named('bug', 'Something is wrong inside this house; the operator finds it under the request id.', 500),
  request,
});

function named(code: string, title: string, status: number): Pick<Problem, 'type' | 'title' | 'status' | 'code'> {
  return { type: `urn:visor:problem:${code}`, title, status, code };
}
