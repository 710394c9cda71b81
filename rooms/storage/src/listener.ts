import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { connectClient } from './sessions.ts';

const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 5000;

/** One session that listens for all channels, and comes back when it is lost. */
export class Listener {
  readonly #settings: pg.ClientConfig;
  readonly #wakes = new Map<string, Set<() => void>>();
  readonly #gone: () => void;
  #client: Promise<pg.Client> | undefined;
  #open = true;

  constructor(settings: pg.ClientConfig, gone: () => void) {
    this.#settings = settings;
    this.#gone = gone;
  }

  async listen(channel: string, wake: () => void): Promise<AsyncDisposable> {
    if (!/^[a-z_]{1,40}$/.test(channel)) throw new RangeError(`"${channel}" is not a name for a channel`);
    const wakes = this.#wakes.get(channel) ?? new Set();
    const fresh = !this.#wakes.has(channel);
    this.#wakes.set(channel, wakes.add(wake));
    const client = await this.#connected();
    if (fresh) await client.query(`LISTEN ${channel}`).catch(() => undefined); // a lost session listens again by itself
    return { [Symbol.asyncDispose]: async () => void wakes.delete(wake) };
  }

  async close(): Promise<void> {
    this.#open = false;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined); // gone already
  }

  #connected(): Promise<pg.Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  async #connect(): Promise<pg.Client> {
    for (let rest = FIRST_REST_MS; this.#open; rest = Math.min(rest * 2, LONGEST_REST_MS)) {
      const client = await this.#attempt();
      if (client !== undefined) return client;
      this.#gone();
      await pause(rest, undefined, { ref: false });
    }
    throw new Error('the listener was closed');
  }

  async #attempt(): Promise<pg.Client | undefined> {
    try {
      const client = await connectClient(this.#settings);
      client.on('notification', ({ channel }) => this.#wake(channel));
      client.once('end', () => this.#lost());
      for (const channel of this.#wakes.keys()) await client.query(`LISTEN ${channel}`);
      return client;
    } catch {
      return undefined; // whatever it was: the hint is missing until the next attempt
    }
  }

  /** What was said meanwhile is lost, so everybody is woken once the session stands again. */
  #lost(): void {
    if (!this.#open) return;
    this.#client = this.#connect();
    this.#client.then(
      () => {
        for (const channel of this.#wakes.keys()) this.#wake(channel);
      },
      () => undefined, // closed meanwhile
    );
  }

  #wake(channel: string): void {
    for (const wake of this.#wakes.get(channel) ?? []) wake();
  }
}
