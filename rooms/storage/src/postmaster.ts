import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@visor/record';
import { findBinaries } from './binaries.ts';
import { makeCluster } from './cluster.ts';
import { ended, isAlive, livingPostmaster, saysReady, settleCrash, tell } from './postmaster-process.ts';
import { type Chosen, chooseRunAs, startProgram } from './run-as.ts';
import { serverSettings } from './settings.ts';
import { clearSocket, socketFolder } from './socket-folder.ts';

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
const SLOW_MS = 3000; // a multiple of the step
const SETTLE_MS = 5000;
const FAST_STOP_MS = 20_000;
const AFTER_CRASH_MS = [50, 100, 200, 400, 800, 1600];
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
    await this.#settled(id);
    tell(id, 'SIGINT');
    if (await ended(id, FAST_STOP_MS)) return;
    tell(id, 'SIGQUIT');
    await ended(id, FAST_STOP_MS);
  }

  /** A server asked to stop in the midst of its recovery may hang (seen with 18.4), so it gets a moment to finish. */
  async #settled(id: number): Promise<void> {
    for (let waited = 0; waited < SETTLE_MS && isAlive(id); waited += READY_STEP_MS) {
      if (await this.#plan.answers(this.socketFolder).catch(() => true)) return; // turned away for good: then it is up
      await pause(READY_STEP_MS);
    }
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
    this.#failures = Math.min(this.#failures, 3); // it came up, so the next rest is 0.4 s at most
  }

  async #adoptOrStart(): Promise<void> {
    const living = await livingPostmaster(this.#cluster);
    if (living !== undefined && (await this.#ready(() => isAlive(living)))) {
      this.#process = living;
      this.#plan.say(`Took over the database server that was left running (process ${living}).`);
      return;
    }
    const crashed = await settleCrash(this.#cluster);
    await clearSocket(this.socketFolder);
    await this.#start(crashed ? AFTER_CRASH_MS : []);
  }

  /** Sessions of a crashed server end a moment after it, and no new server starts before they have: `rests` are for that. */
  async #start(rests: readonly number[]): Promise<void> {
    for (const rest of [...rests, undefined]) {
      const child = await this.#spawn();
      this.#process = child.pid;
      if (await this.#ready(() => child.exitCode === null && child.signalCode === null)) return;
      if (rest !== undefined) await pause(rest);
    }
    throw new Fault('database', 'PostgreSQL did not start; postgres.log in its folder says why.');
  }

  async #spawn(): Promise<ChildProcess> {
    const { connections } = this.#plan;
    const log = await this.#openLog();
    try {
      const args = ['-D', this.#cluster, ...serverSettings(this.#chosen.major, this.socketFolder, connections)];
      const child = startProgram(this.#chosen, [this.#chosen.binaries.postgres, ...args], ['ignore', log.fd, log.fd]);
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

  /** @returns false when the server ended instead. */
  async #ready(lives: () => boolean): Promise<boolean> {
    for (let waited = 0; waited < READY_LONGEST_MS; waited += READY_STEP_MS) {
      if ((await saysReady(this.#cluster)) && (await this.#plan.answers(this.socketFolder))) return true;
      if (!lives()) return false;
      if (waited === SLOW_MS) this.#plan.say('The database is still starting; it may be replaying its log.');
      await pause(READY_STEP_MS);
    }
    throw new Fault('database', 'PostgreSQL has been starting for ten minutes and does not answer.');
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
