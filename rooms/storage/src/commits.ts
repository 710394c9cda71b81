import { wasRefused } from './failure.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Query } from './sql.ts';

const MOST_TOGETHER = 64;
/** Turns of the loop to wait for company: a few microseconds where nothing else is going on, more acts a sync where much is. */
const TURNS = 4;

interface Waiting {
  readonly query: Query;
  readonly resolve: (rows: readonly never[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Statements that come while others are being committed wait for them and then share one transaction: one commit, one
 * sync and one round trip for all. There is one lane, so that two such transactions never wait for each other.
 */
export class Commits {
  readonly #lane: Sessions;
  readonly #alone: (query: Query) => Promise<readonly never[]>;
  #waiting: Waiting[] = [];
  #flying = false;

  /**
   * @param lane   sessions that send without waiting for answers
   * @param alone  how a statement is run by itself
   */
  constructor(lane: Sessions, alone: (query: Query) => Promise<readonly never[]>) {
    this.#lane = lane;
    this.#alone = alone;
  }

  run<R>(query: Query): Promise<readonly R[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, resolve, reject });
      if (!this.#flying) void this.#fly();
    });
  }

  /** Never rejects: whatever happens reaches those who wait. */
  async #fly(): Promise<void> {
    this.#flying = true;
    while (this.#waiting.length > 0) {
      for (let turn = 0; turn < TURNS; turn += 1) await endOfTurn();
      const batch = this.#waiting.splice(0, MOST_TOGETHER);
      try {
        await this.#lane.lend((session) => this.#commit(session, batch));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flying = false;
  }

  async #commit(session: Session, batch: readonly Waiting[]): Promise<void> {
    const queries = batch.map(({ query }) => query);
    const answers = await (batch.length === 1 ? byItself(session, queries[0]!) : together(session, queries));
    if (answers !== undefined) {
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i]!);
      return;
    }
    // Outside the lane, which goes on meanwhile: what fails, or waits for a lock, holds nobody else up from here on.
    for (const { query, resolve, reject } of batch) this.#alone(query).then(resolve, reject);
  }
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One for each statement; undefined when nothing at all was carried out. */
type Answers = readonly (readonly never[])[] | undefined;

const byItself = async (session: Session, query: Query): Promise<Answers> =>
  answersOf(await Promise.allSettled([session.query<never>(query)]));

/**
 * Everything is sent at once. A statement that the server refused aborts the rest, and the COMMIT behind it rolls back:
 * then nothing has happened, and each may be run alone.
 * @throws Fault `database` where it is not known whether the transaction was committed
 */
async function together(session: Session, queries: readonly Query[]): Promise<Answers> {
  const all = [BEGIN, ...queries, COMMIT].map((query) => session.query<never>(query));
  const settled = await Promise.allSettled(all); // each has a listener before any can fail
  if (settled[0]?.status === 'rejected') throw settled[0].reason; // what came behind it stood or fell alone
  return answersOf(settled)?.slice(1, -1);
}

const BEGIN: Query = { name: 'commits_begin', text: 'BEGIN' };
const COMMIT: Query = { name: 'commits_commit', text: 'COMMIT' };

/** @throws Fault `database` when some failed and none was refused: then it is not known what was carried out */
function answersOf(settled: readonly PromiseSettledResult<readonly never[]>[]): Answers {
  const failed = settled.filter((said) => said.status === 'rejected');
  const unknown = failed.filter(({ reason }) => !wasRefused(reason));
  if (unknown.length > 0 && unknown.length === failed.length) throw unknown[0]!.reason;
  return failed.length > 0 ? undefined : settled.flatMap((said) => (said.status === 'fulfilled' ? [said.value] : []));
}
