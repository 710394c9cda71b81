import { Fault } from '@visor/record';
import pg from 'pg';

/**
 * What PostgreSQL says about a failure quotes the rows it failed on: `detail` names the values of a key, the message of
 * a bad number is the number. Only the SQLSTATE and names from our own schema leave this file, and never as `cause`.
 */
export function failureOf(error: unknown, statement: string): Error {
  if (!(error instanceof pg.DatabaseError)) return connectionLost();
  const state = error.code ?? 'XX000';
  // Class 42 is a mistake in our SQL; its message is made of the statement's text and of type names, never of values.
  if (state.startsWith('42')) return new Error(`SQL ${state} in ${statement}: ${error.message}`);
  if (state.startsWith('22')) return new Error(`SQL ${state} in ${statement}: a value does not fit its type`);
  const facts = {
    sqlstate: state,
    statement,
    ...(error.constraint === undefined ? {} : { constraint: error.constraint }),
  };
  return new Fault('database', 'The database did not carry out a statement.', facts);
}

/** The statement may or may not have been carried out: whoever asked must look before asking again. */
export const connectionLost = (): Fault =>
  new Fault('database', 'The connection to the database was lost.', { sqlstate: '08006' });

export const notConnected = (): Fault => new Fault('database', 'The database does not answer.', { sqlstate: '08001' });

/** The five characters of PostgreSQL's appendix A, where the error is a Fault of the database. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Fault) || error.part !== 'database') return undefined;
  const state = error.facts['sqlstate'];
  return typeof state === 'string' ? state : undefined;
}

/** Whether a row with this key stood there already; `constraint` asks for one key by its name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (sqlStateOf(error) !== '23505') return false;
  return constraint === undefined || (error instanceof Fault && error.facts['constraint'] === constraint);
}

/** Serialization failure and deadlock: the transaction is rolled back whole and the same one may succeed now. */
export const mayRunAgain = (error: unknown): boolean => ['40001', '40P01'].includes(sqlStateOf(error) ?? '');

/** Classes after which the session is of no more use: a broken connection, a server that stops, its disk, its own bugs. */
const SESSION_ENDS = ['08', '57', '58', 'XX'];

/** Whether the server refused the statement, so that it surely changed nothing; else it may have been carried out. */
export function wasRefused(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || !SESSION_ENDS.includes(state.slice(0, 2));
}

/** Codes with which a server that is starting, stopping or full turns a new connection away (57P01–03, 53300). */
const TURNED_AWAY = ['57P01', '57P02', '57P03', '53300'];

export const mayConnectAgain = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || TURNED_AWAY.includes(error.code ?? '');

/** Whether the session can be used further after this error of the driver. */
export function sessionLives(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return !SESSION_ENDS.includes((error.code ?? 'XX').slice(0, 2));
}
