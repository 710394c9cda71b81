import { Refusal, type RefusalCode } from '@visor/record';
import type { Call } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import { livingPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

interface Tried<T> {
  readonly person: string;
  readonly purpose: string;
  readonly work: () => Promise<T>;
}

/** Where a picture of a person is no good, that it was tried is entered before it is said. */
export async function enteringRefusals<T>(context: Context, call: Call, tried: Tried<T>): Promise<T> {
  try {
    return await tried.work();
  } catch (error) {
    if (!(error instanceof Refusal) || !error.code.startsWith('face.')) throw error;
    await enterRefused(context, call, { ...tried, cause: error.code });
    throw error;
  }
}

function enterRefused(
  context: Context,
  call: Call,
  of: { person: string; purpose: string; cause: RefusalCode },
): Promise<unknown> {
  const { gate: _, ...again } = call; // a refused act leaves no row that would answer for it
  return onceMore(context, again, {
    person: of.person,
    work: async () => {
      const person = await context.keys.person(call.site, of.person);
      const { cause, purpose } = of;
      const ready = await readyEntry(context, again, {
        kind: 'face.refused',
        organisation: { cause },
        subject: { person, values: { person: of.person, purpose, cause } },
      });
      const statement = { living: livingPerson(call.site, person), parts: [], made: 'guard' };
      return carryOut(context, again, { ready, result: undefined, statement });
    },
  });
}
