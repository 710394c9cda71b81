import { Refusal } from '@visor/record';
import type { Call } from './acts.ts';
import { Stale } from './commit-act.ts';
import type { Context } from './context.ts';

/** What the keeper says of a wrap that was replaced since it was read. */
const REPLACED: readonly string[] = ['keeper.serial.dead', 'vault.sealed'];

const isReplaced = (error: unknown): boolean =>
  error instanceof Stale || (error instanceof Refusal && REPLACED.includes(error.code));

/**
 * Runs an act; when a row was replaced under way (a withdrawal, a new generation), reads the rows again and runs it
 * once more. The second time its refusal stands.
 * @throws Refusal `vault.serial` when the rows were replaced again, `vault.sealed` when they are of a burnt person key
 */
export async function onceMore<T>(
  context: Context,
  call: Call,
  of: { person?: string; work: () => Promise<T> },
): Promise<T> {
  try {
    return await of.work();
  } catch (error) {
    if (!isReplaced(error)) throw error;
  }
  if (of.person !== undefined) context.keys.forgetPerson(call.site, of.person);
  context.keys.forgetOwned(call.site, 'organisation', '');
  context.keys.forgetOwned(call.site, 'actor', call.by.id);
  try {
    return await of.work();
  } catch (error) {
    if (error instanceof Stale) throw new Refusal('vault.serial', {}, { cause: error });
    if (error instanceof Refusal && error.code === 'keeper.serial.dead') {
      throw new Refusal('vault.sealed', { what: 'serial' }, { cause: error }); // a row that was put back
    }
    throw error;
  }
}
