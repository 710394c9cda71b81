import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { connectionLost, failureOf, mayConnectAgain, notConnected, sessionLives } from './failure.ts';
import type { Query, Sql } from './sql.ts';
import { statementName } from './statement-name.ts';
import { wireTypes } from './wire-types.ts';

const CONNECT_WAIT_MS = 30_000;
const IDLE_MS = 60_000;
const RESTS_MS = [25, 50, 100, 200, 400, 800]; // between attempts to connect, 1.6 s in all
const DRAIN_MS = 5000;

/** How to reach the server: everything is named, so that no environment variable fills a gap. */
export const ownSettings = (socketFolder: string): pg.ClientConfig => ({
  host: socketFolder,
  port: 5432,
  user: 'visor',
  password: 'none', // never asked for: the socket's folder is the lock
  database: 'postgres',
  ssl: false,
  application_name: 'visor',
});

/**
 * One client, outside the pool. Without a listener for 'error' a client whose server dies would end the process.
 * @throws the driver's error
 */
export async function connectClient(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...settings, types: wireTypes, connectionTimeoutMillis: CONNECT_WAIT_MS });
  client.on('error', () => undefined); // the running query and the event 'end' report it
  await client.connect();
  return client;
}

/** @returns whether a client gets in now. @throws Fault `database` when the server answers that it never will. */
export async function answers(settings: pg.ClientConfig): Promise<boolean> {
  try {
    await (await connectClient(settings)).end();
    return true;
  } catch (error) {
    if (mayConnectAgain(error)) return false;
    throw failureOf(error, 'connect');
  }
}

/** The pool of sessions. */
export class Sessions {
  readonly #pool: pg.Pool;
  readonly #gone: () => void;
  #open = true;
  #lent = 0; // or asked for
  #idle: () => void = () => undefined;

  /** @param gone  Told whenever a session or an attempt to connect is lost. */
  constructor(settings: pg.ClientConfig, most: number, gone: () => void) {
    this.#gone = gone;
    this.#pool = new pg.Pool({
      ...settings,
      types: wireTypes,
      max: most,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: CONNECT_WAIT_MS,
    });
    this.#pool.on('error', gone); // an idle session lost its server; the pool has dropped it
    this.#pool.on('connect', (client) => {
      client.on('error', gone);
    });
  }

  /** Lends one session to `work`; afterwards it goes back, or is thrown away when it is of no more use. */
  async lend<T>(work: (session: Session) => Promise<T>): Promise<T> {
    this.#lent += 1;
    try {
      const session = new Session(await this.#connect());
      try {
        return await work(session);
      } finally {
        session.giveBack();
      }
    } finally {
      this.#lent -= 1;
      if (this.#lent === 0) this.#idle();
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    for (const rest of [...RESTS_MS, undefined]) {
      if (!this.#open) throw notConnected();
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (!mayConnectAgain(error)) throw failureOf(error, 'connect');
        this.#gone();
        if (rest !== undefined) await pause(rest);
      }
    }
    throw notConnected();
  }

  /** Waits a little for the sessions that are lent out, and for whoever waits for one: an ended pool forgets them. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const late = pause(DRAIN_MS, undefined, { ref: false });
    if (this.#lent > 0) await Promise.race([new Promise<void>((resolve) => (this.#idle = resolve)), late]);
    await Promise.race([this.#pool.end(), late]);
  }
}

export class Session implements Sql {
  readonly #client: pg.PoolClient;
  #usable = true;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<R>(query: Query): Promise<readonly R[]> {
    const name = query.name === undefined ? undefined : statementName(query.name, query.text);
    const { text, values = [] } = query;
    return this.#run(name === undefined ? { text, values: [...values] } : { name, text, values: [...values] });
  }

  /** Several statements without values, as a migration file holds them. */
  async script(text: string): Promise<void> {
    await this.#run({ text });
  }

  async #run<R>(config: pg.QueryConfig): Promise<readonly R[]> {
    if (!this.#usable) throw connectionLost();
    try {
      return (await this.#client.query(config)).rows as R[]; // the caller names what its statement selects
    } catch (error) {
      if (!sessionLives(error)) this.#usable = false;
      throw failureOf(error, config.name ?? 'unnamed');
    }
  }

  /** Rolls back; where not even that can be said, the session is closed, which rolls back too. */
  async abandon(): Promise<void> {
    if (!this.#usable) return;
    try {
      await this.#client.query('ROLLBACK');
    } catch {
      this.#usable = false; // the error that led here is the one to report
    }
  }

  giveBack(): void {
    this.#client.release(!this.#usable);
  }
}
