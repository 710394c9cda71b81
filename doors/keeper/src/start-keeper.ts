import { resolve } from 'node:path';
import { Fault, Refusal } from '@visor/record';
import { type KeeperPort, keeperCalls } from './calls.ts';
import { type Child, type ChildParts, startChild } from './child.ts';
import { gone } from './link.ts';
import type { Wire } from './wire.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const STEADY_MS = 60_000;
const HANGS_MS = 30_000;
const STOP_MS = 10_000;

export interface KeeperStatus {
  readonly running: boolean;
  readonly pid: number | undefined;
  readonly alone: boolean; // whether it has a user of its own
  readonly says: readonly string[];
  readonly restarts: number;
}

export interface KeeperClient extends KeeperPort, AsyncDisposable {
  status(): KeeperStatus;
}

export interface StartParts {
  readonly folder: string;
  readonly house: string; //   the id of the house; a folder of another house is refused
  readonly create: boolean; // whether an empty folder may become this house's: only before anything was sealed
  readonly uid?: number; //    the user it becomes where the server is root
  readonly say: (line: string) => void;
}

/**
 * Starts the keeper in a process of its own and keeps it running. While it is gone every call answers Fault `keeper`.
 * @throws Refusal `keeper.foreign`, `keeper.missing`, `keeper.damaged`, `storage.folder-locked`; Fault `keeper`
 */
export async function startKeeper(parts: StartParts): Promise<KeeperClient> {
  const life = new KeeperLife({ ...parts, folder: resolve(parts.folder), uid: parts.uid });
  await life.begin();
  return {
    ...keeperCalls((operation, args) => life.ask(operation, args)),
    status: () => life.status(),
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}

class KeeperLife implements AsyncDisposable {
  readonly #parts: ChildParts;
  #child: Child | undefined;
  #last: Child | undefined;
  #stopping = false;
  #pause = FIRST_PAUSE_MS;
  #startedAt = 0;
  #restarts = 0;
  #again: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(parts: ChildParts) {
    this.#parts = parts;
  }

  async begin(): Promise<void> {
    const child = await startChild(this.#parts, () => this.#lost());
    for (const line of child.begun.says) this.#parts.say(line);
    this.#took(child);
    this.#watch ??= setInterval(() => this.#endHanging(), HANGS_MS / 6).unref();
  }

  ask(operation: string, args: Wire): Promise<Wire> {
    return this.#child === undefined ? Promise.reject(gone()) : this.#child.link.ask(operation, args);
  }

  status(): KeeperStatus {
    const begun = this.#last?.begun;
    return {
      ...{ running: this.#child !== undefined, pid: this.#child?.process.pid, restarts: this.#restarts },
      ...{ alone: begun?.alone ?? false, says: begun?.says ?? [] },
    };
  }

  #lost(): void {
    const lost = this.#child;
    this.#child = undefined;
    if (lost === undefined || this.#stopping) return;
    lost.process.kill('SIGKILL'); // what does not answer may still hold the folder
    if (performance.now() - this.#startedAt > STEADY_MS) this.#pause = FIRST_PAUSE_MS;
    this.#parts.say('The keeper is gone; it is started again.');
    this.#later();
  }

  #later(): void {
    this.#again = setTimeout(() => void this.#restart(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  async #restart(): Promise<void> {
    this.#restarts += 1;
    // Whatever was there is this house's by now: an empty folder must not become a new one.
    try {
      await startChild({ ...this.#parts, create: false }, () => this.#lost()).then((child) => this.#took(child));
    } catch (cause) {
      if (!(cause instanceof Refusal || cause instanceof Fault)) throw cause;
      this.#parts.say(`The keeper does not start: ${cause.message}`);
      if (!this.#stopping) this.#later();
    }
  }

  #took(child: Child): void {
    this.#child = child;
    this.#last = child;
    this.#startedAt = performance.now();
    if (this.#stopping) child.process.kill('SIGTERM');
    else if (child.link.closed) this.#lost(); // it went while it came
  }

  #endHanging(): void {
    if ((this.#child?.link.waited() ?? 0) > HANGS_MS) this.#child?.process.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    clearInterval(this.#watch);
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((done) => child.process.once('exit', () => done()));
    const late = setTimeout(() => child.process.kill('SIGKILL'), STOP_MS);
    child.process.kill('SIGTERM');
    await ended;
    clearTimeout(late);
    await child.link[Symbol.asyncDispose]();
  }
}
