import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@visor/record';
import { findBinaries } from './binaries.ts';
import { makeCluster } from './cluster.ts';
import { dropForeignPid, ended, isAlive, livingPostmaster, saysReady } from './postmaster-process.ts';
import { type Chosen, chooseRunAs, startProgram } from './run-as.ts';
import { serverSettings } from './settings.ts';
import { socketFolder } from './socket-folder.ts';

export interface PostmasterPlan {
  readonly folder: string; //      of the database alone
  readonly pgBin?: string;
  readonly temporary: string; //   for the socket when `folder` is too long a path
  readonly connections: number;
  readonly say: (line: string) => void;
  readonly answers: (socketFolder: string) => Promise<boolean>; // whether a client gets in; throws when it never will
}

const LOG_LIMIT = 4 * 1024 * 1024;
const READY_STEP_MS = 15;
const READY_LONGEST_MS = 10 * 60_000; // replaying the log after a power cut may take minutes
const FAST_STOP_MS = 20_000;
const LONGEST_REST_MS = 5000;
const CALM_MS = 30_000;

/** One PostgreSQL server of ours: started or adopted, kept alive, and stopped at the end. */
export class Postmaster {
  readonly socketFolder: string;
  readonly #plan: PostmasterPlan;
  readonly #chosen: Chosen;
  readonly #cluster: string;
  #process: number | undefined;
  #reviving: Promise<void> | undefined;
  #failures = 0;
  #stopping = false;

  private constructor(plan: PostmasterPlan, chosen: Chosen, socket: string) {
    this.#plan = plan;
    this.#chosen = chosen;
    this.#cluster = join(plan.folder, 'cluster');
    this.socketFolder = socket;
  }

  /** @throws Fault `database`, Refusal `storage.socket-path` or `storage.server-version` */
  static async start(plan: PostmasterPlan): Promise<Postmaster> {
    const binaries = await findBinaries(plan.pgBin, plan.folder);
    const chosen = await chooseRunAs(binaries, plan.folder);
    const socket = await socketFolder(plan.folder, plan.temporary, chosen.owner);
    const postmaster = new Postmaster(plan, chosen, socket);
    await makeCluster(chosen, postmaster.#cluster, plan.say);
    await postmaster.#adoptOrStart();
    return postmaster;
  }

  /**
   * Called when the server seems gone. Starts it again unless it lives (then it is on its way back by itself); many
   * callers share one attempt, and attempts that follow each other closely rest longer and longer between them.
   */
  revive(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    this.#reviving ??= this.#startAgain().finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  /** Asks for a fast shutdown: open transactions are rolled back, everything answered is on the disk. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#reviving?.catch(() => undefined);
    const id = await livingPostmaster(this.#cluster);
    if (id === undefined || id !== this.#process) return;
    process.kill(id, 'SIGINT');
    if (await ended(id, FAST_STOP_MS)) return;
    process.kill(id, 'SIGQUIT');
    await ended(id, FAST_STOP_MS);
  }

  async #startAgain(): Promise<void> {
    if (
      this.#process !== undefined &&
      isAlive(this.#process) &&
      (await livingPostmaster(this.#cluster)) === this.#process
    )
      return;
    if (this.#failures > 0) await pause(Math.min(50 * 2 ** this.#failures, LONGEST_REST_MS), undefined, { ref: false });
    if (this.#stopping) return;
    this.#failures += 1;
    setTimeout(() => (this.#failures = 0), CALM_MS).unref();
    this.#plan.say('The database server has gone; starting it again.');
    await this.#adoptOrStart();
  }

  async #adoptOrStart(): Promise<void> {
    const living = await livingPostmaster(this.#cluster);
    if (living !== undefined) {
      this.#process = living;
      await this.#ready(() => isAlive(living));
      this.#plan.say(`Took over the database server that was left running (process ${living}).`);
      return;
    }
    if (await dropForeignPid(this.#cluster)) this.#plan.say('Took away a pid file of another process.');
    const child = await this.#spawn();
    this.#process = child.pid;
    await this.#ready(() => child.exitCode === null && child.signalCode === null);
    child.once('exit', () => void this.revive().catch(() => undefined)); // the next query tries again and reports it
  }

  async #spawn(): Promise<ChildProcess> {
    const { connections } = this.#plan;
    const log = await this.#openLog();
    try {
      const args = ['-D', this.#cluster, ...serverSettings(this.#chosen.major, this.socketFolder, connections)];
      const child = startProgram(this.#chosen, this.#chosen.binaries.postgres, args, ['ignore', log.fd, log.fd]);
      child.on('error', () => undefined); // then it has no exit code either and `ready` sees it dead
      child.unref();
      return child;
    } finally {
      await log.close();
    }
  }

  async #openLog(): Promise<Awaited<ReturnType<typeof open>>> {
    const path = join(this.#plan.folder, 'postgres.log');
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size > LOG_LIMIT) await rename(path, `${path}.1`);
    return open(path, 'a', 0o600);
  }

  async #ready(lives: () => boolean): Promise<void> {
    for (let waited = 0; waited < READY_LONGEST_MS; waited += READY_STEP_MS) {
      if ((await saysReady(this.#cluster)) && (await this.#plan.answers(this.socketFolder))) return;
      if (!lives()) break;
      if (waited === 200 * READY_STEP_MS)
        this.#plan.say('The database is still starting; it may be replaying its log.');
      await pause(READY_STEP_MS);
    }
    throw new Fault('database', 'PostgreSQL did not start; postgres.log in its folder says why.');
  }
}

/** Makes the folder where it is missing, and keeps others out of it. @throws Fault `database` */
export async function ownFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = await stat(folder);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) await chmod(folder, 0o700);
  } catch (cause) {
    throw new Fault('database', 'The database folder cannot be made or entered by this user.', {}, { cause });
  }
}
