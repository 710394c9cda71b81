import { URGENT_KINDS } from '@visor/ledger';
import { idOf, Refusal } from '@visor/record';
import { oneTrip, type SqlPart } from '@visor/storage';
import type { Call, Done } from './acts.ts';
import type { Context } from './context.ts';
import type { Entered } from './ports.ts';
import type { ReadyEntry } from './prepare-entry.ts';
import { receiptOfEntered } from './receipts.ts';

/**
 * How an act reaches the database, in one statement: `living` finds (and, for a person, locks) the one row that must
 * still be as the act was prepared for, `gate` lets the request through once, `guard` has a row if both did. Then come
 * the act's own parts: what may be in the way is FROM guard, and all that must not stand without it is FROM `made`, as
 * the outbox row is.
 */
export interface Statement {
  readonly living: SqlPart;
  readonly parts: readonly SqlPart[];
  /** The part whose row says that the act happened; `guard` where the act changes nothing that could be in the way. */
  readonly made: string;
}

interface Passed {
  readonly living: number;
  readonly passed: number;
  readonly made: number;
}

/** The row was not as the act was prepared for; what is remembered of it must be read again. */
export class Stale extends Error {
  override readonly name = 'Stale';
}

/**
 * Commits an act with its entry.
 * @throws Stale; Refusal `request.repeated` when the gate was passed before, `request.state` when something is in the
 *         way, `ledger.busy` before anything was tried; Fault `database` when it is not known whether it was committed
 */
export async function commitAct(
  context: Context,
  call: Call,
  act: { ready: ReadyEntry; statement: Statement },
): Promise<void> {
  const { ready, statement } = act;
  context.entries.admit(URGENT_KINDS.includes(ready.kind));
  const log = { site: call.site, origin: call.origin };
  const gate = call.gate?.(ready.prepared.id);
  const guard: SqlPart = {
    name: 'guard',
    text: gate === undefined ? 'SELECT 1 AS one FROM living' : 'SELECT 1 AS one FROM living, gate',
    values: [],
  };
  const query = oneTrip(
    [
      statement.living,
      ...(gate === undefined ? [] : [gate]),
      guard,
      ...statement.parts,
      context.entries.part(log, ready.prepared, statement.made),
    ],
    `SELECT (SELECT count(*) FROM living)::int AS living, (SELECT count(*) FROM guard)::int AS passed,
      (SELECT count(*) FROM ${statement.made})::int AS made`,
  );
  const [row] = await context.db.together<Passed>(query);
  if (row === undefined || row.living === 0) throw new Stale();
  if (row.passed === 0) throw new Refusal('request.repeated');
  if (row.made === 0) throw new Refusal('request.state', { what: statement.made });
}

/** After the commit: waits until the entry is durable and signed. */
export function enterAct(context: Context, call: Call, ready: ReadyEntry): Promise<Entered> {
  return context.entries.enter({ site: call.site, origin: call.origin }, ready.prepared);
}

export async function doneWith<T>(
  context: Context,
  act: { ready: ReadyEntry; entered: Entered; result: T },
): Promise<Done<T>> {
  return {
    result: act.result,
    receipt: await receiptOfEntered(context.tools, act.ready, act.entered),
    entryId: idOf('ent', act.ready.prepared.id),
  };
}

/** Commits, enters, answers. */
export async function carryOut<T>(
  context: Context,
  call: Call,
  act: { ready: ReadyEntry; statement: Statement; result: T },
): Promise<Done<T>> {
  await commitAct(context, call, act);
  return doneWith(context, { ...act, entered: await enterAct(context, call, act.ready) });
}
