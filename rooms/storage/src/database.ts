import { Refusal } from '@visor/record';
import type pg from 'pg';
import { Commits } from './commits.ts';
import { Listener } from './listener.ts';
import { lockFolder } from './lock-folder.ts';
import { ownFolder, Postmaster } from './postmaster.ts';
import { runAgain } from './retry.ts';
import { answers, ownSettings, type Session, Sessions } from './sessions.ts';
import type { Query, Sql } from './sql.ts';
import { TurnSocket } from './turn-socket.ts';

export interface DatabasePlan {
  readonly folder: string; //           of the database alone; not touched when `url` is given
  readonly url?: string; //             a PostgreSQL of one's own, 15 or later
  readonly pgBin?: string; //           a folder with postgres and initdb, instead of the ones that npm brought
  readonly say: (line: string) => void;
  readonly connections?: number; //     most at a time; 16 unless said
  readonly temporary?: string; //       short folder for the socket when `folder` is a long path; /tmp unless said
  readonly patience?: number; //        ms after which a server that falls silent under an act is given up; 20,000 unless said
  readonly jitter?: () => number; //    0 to 1, spreads transactions that run again
}

export interface Database extends Sql, AsyncDisposable {
  /** A connection string for a second client of the same database. */
  readonly url: string;
  /**
   * Runs `work` in one transaction at READ COMMITTED. After 40001 or 40P01 everything was rolled back and `work` runs
   * again, so it changes nothing but the database. Any other error rolls back and is thrown on.
   */
  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T>;
  /**
   * Runs one statement that many do at the same time, such as the one of an act. Those that come together are committed
   * together; each stands or falls by itself. It may run twice when the first run was rolled back.
   * @throws as `query`
   */
  together<R>(query: Query): Promise<readonly R[]>;
  /** Calls `wake` on NOTIFY, and after every gap in listening. It is a hint: what counts is read from the tables. */
  listen(channel: string, wake: () => void): Promise<AsyncDisposable>;
  stop(): Promise<void>;
}

export interface Transaction extends Sql {
  /** Several statements in one text, without values. */
  script(text: string): Promise<void>;
}

const CONNECTIONS = 16;
const SPARE_CONNECTIONS = 84; // beside the pool: the listener, more nodes, benches, somebody who looks in; a free slot costs some kilobytes
const PATIENCE_MS = 20_000;
/**
 * Whoever shares a transaction with a statement that meets a lock does not wait longer than 250 ms for it; and where a
 * server falls silent, the connection is given up, for every act of the house goes through this one.
 */
const LANE: pg.ClientConfig = {
  ...{ pipeline: true, lock_timeout: 250, query_timeout: PATIENCE_MS, keepAlive: true },
  stream: () => new TurnSocket(),
};
const OLDEST_SERVER = 150000;

/**
 * Opens the house's database and waits until it answers: the server in `folder`, made, started or adopted as need be
 * and kept alive until `stop`, or the one at `url`.
 * @throws Refusal `storage.folder-locked`, `storage.socket-path`, `storage.server-version`; Fault `database`
 */
export async function openDatabase(plan: DatabasePlan): Promise<Database> {
  if (plan.url !== undefined) return openServer(plan, { connectionString: plan.url }, {});
  await ownFolder(plan.folder);
  const lock = await lockFolder(plan.folder);
  try {
    const postmaster = await startOwn(plan);
    return await openServer(plan, ownSettings(postmaster.socketFolder), { postmaster, lock });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

function startOwn(plan: DatabasePlan): Promise<Postmaster> {
  return Postmaster.start({
    folder: plan.folder,
    temporary: plan.temporary ?? '/tmp',
    connections: (plan.connections ?? CONNECTIONS) + SPARE_CONNECTIONS,
    say: plan.say,
    answers: (socketFolder) => answers(ownSettings(socketFolder)),
    ...(plan.pgBin === undefined ? {} : { pgBin: plan.pgBin }),
  });
}

interface Held {
  readonly postmaster?: Postmaster;
  readonly lock?: AsyncDisposable;
}

async function openServer(plan: DatabasePlan, settings: pg.ClientConfig, held: Held): Promise<Database> {
  const database = new OpenDatabase(plan, settings, held);
  try {
    await checkServer(database, plan.say);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
}

async function checkServer(database: Database, say: (line: string) => void): Promise<void> {
  const [found] = await database.query<ServerFacts>({
    text: `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
      current_setting('fsync') AS fsync`,
  });
  if (found === undefined || found.version < OLDEST_SERVER || found.encoding !== 'UTF8') {
    throw new Refusal('storage.server-version', {
      server: found?.version ?? 0,
      oldest: OLDEST_SERVER,
      utf8: found?.encoding === 'UTF8',
    });
  }
  if (found.fsync !== 'on') say('This PostgreSQL runs without fsync: what it answers is not safe from a power cut.');
}

class OpenDatabase implements Database {
  readonly url: string;
  readonly #sessions: Sessions;
  readonly #lane: Sessions;
  readonly #commits: Commits;
  readonly #listener: Listener;
  readonly #held: Held;
  readonly #jitter: () => number;
  #stopped: Promise<void> | undefined;

  constructor(plan: DatabasePlan, settings: pg.ClientConfig, held: Held) {
    const gone = (): void => void held.postmaster?.revive().catch(() => undefined); // the next attempt to connect reports it
    this.url = plan.url ?? `postgresql://visor@localhost/postgres?host=${encodeURIComponent(settings.host ?? '')}`;
    this.#sessions = new Sessions(settings, plan.connections ?? CONNECTIONS, gone);
    const patience = plan.patience === undefined ? {} : { query_timeout: plan.patience };
    this.#lane = new Sessions({ ...settings, ...LANE, ...patience }, 1, gone);
    this.#commits = new Commits(this.#lane, (query) => this.query(query));
    this.#listener = new Listener(settings, gone);
    this.#held = held;
    this.#jitter = plan.jitter ?? (() => 0.5);
  }

  query<R>(query: Query): Promise<readonly R[]> {
    return runAgain(() => this.#sessions.lend((session) => session.query<R>(query)), this.#jitter);
  }

  transaction<T>(work: (sql: Transaction) => Promise<T>): Promise<T> {
    return runAgain(() => this.#sessions.lend((session) => inTransaction(session, work)), this.#jitter);
  }

  together<R>(query: Query): Promise<readonly R[]> {
    return this.#commits.run(query);
  }

  listen(channel: string, wake: () => void): Promise<AsyncDisposable> {
    return this.#listener.listen(channel, wake);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    try {
      await Promise.all([this.#listener.close(), this.#lane.close(), this.#sessions.close()]);
      await this.#held.postmaster?.stop();
    } finally {
      await this.#held.lock?.[Symbol.asyncDispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function inTransaction<T>(session: Session, work: (sql: Transaction) => Promise<T>): Promise<T> {
  await session.query({ text: 'BEGIN' });
  try {
    const result = await work(session);
    await session.query({ text: 'COMMIT' });
    return result;
  } catch (error) {
    await session.abandon();
    throw error;
  }
}
