import { type Instant, Refusal } from '@visor/record';
import type { Bucket, Memory, MemoryRecord } from './memory.ts';

/** `size` is what may be spent at once; so much comes back within the hour. */
export interface BudgetSizes {
  readonly openingsOfActor: number;
  readonly openingsOfSite: number;
  readonly readsOfActor: number;
  readonly readsOfSite: number;
}

export const USUAL_BUDGETS: BudgetSizes = {
  openingsOfActor: 60,
  openingsOfSite: 240,
  readsOfActor: 20_000,
  readsOfSite: 100_000,
};

const HOUR_MS = 3_600_000;

/** A bucket is called open/SITE or read/SITE, with /ACTOR behind it where it is an actor's. */
function sizeOf(sizes: BudgetSizes, name: string): number {
  const ofActor = name.split('/').length > 2;
  if (name.startsWith('open/')) return ofActor ? sizes.openingsOfActor : sizes.openingsOfSite;
  return ofActor ? sizes.readsOfActor : sizes.readsOfSite;
}

function namesOf(sizes: BudgetSizes, [what, site, actor]: readonly [string, string, string]): readonly Named[] {
  return [`${what}/${site}`, `${what}/${site}/${actor}`].map((name) => ({ name, size: sizeOf(sizes, name) }));
}

interface Named {
  readonly name: string;
  readonly size: number;
}

interface Tools {
  readonly memory: Memory;
  readonly remember: (record: MemoryRecord) => void;
  readonly now: () => Instant;
}

/**
 * Token buckets. What is spent was reserved before, in portions of at most a tenth of the bucket, and a reservation is
 * on disk before anything of it is spent; so a restart loses at most one portion, and gives nothing back.
 */
export class Budgets {
  readonly #tools: Tools;
  readonly #sizes: BudgetSizes;
  readonly #reserved = new Map<string, number>();

  constructor(tools: Tools, sizes: BudgetSizes) {
    this.#tools = tools;
    this.#sizes = sizes;
  }

  /** @throws Refusal `vault.budget` and takes nothing. The caller syncs the memory before it answers. */
  takeOpening(site: string, actor: string): void {
    this.#take(1, namesOf(this.#sizes, ['open', site, actor]));
  }

  takeReads(of: { site: string; actor: string; groups: number }): void {
    this.#take(of.groups, namesOf(this.#sizes, ['read', of.site, of.actor]));
  }

  /** Forgets buckets that are full again: that is what one without a memory is. */
  forgetFull(): void {
    for (const [name, { left, at }] of this.#tools.memory.buckets) {
      const size = sizeOf(this.#sizes, name);
      if (left + (Math.max(0, this.#tools.now() - at) / HOUR_MS) * size < size) continue;
      this.#tools.memory.buckets.delete(name);
      this.#reserved.delete(name);
    }
  }

  #take(tokens: number, buckets: readonly Named[]): void {
    for (const { name, size } of buckets) {
      const have = (this.#reserved.get(name) ?? 0) + Math.floor(this.#left(name, size).left);
      if (have < tokens) {
        const wait = Math.ceil(((tokens - have) / size) * (HOUR_MS / 1000));
        throw new Refusal('vault.budget', { retry_after_s: wait, limit_an_hour: size });
      }
    }
    for (const bucket of buckets) this.#spend(tokens, bucket);
  }

  #spend(tokens: number, { name, size }: Named): void {
    const reserved = this.#reserved.get(name) ?? 0;
    if (reserved >= tokens) {
      this.#reserved.set(name, reserved - tokens);
      return;
    }
    const { left, at } = this.#left(name, size);
    const portion = Math.min(Math.floor(left), Math.max(tokens - reserved, Math.floor(size / 10)));
    this.#tools.remember({ is: 'bucket', bucket: name, left: left - portion, at });
    this.#reserved.set(name, reserved + portion - tokens);
  }

  #left(name: string, size: number): Bucket {
    const now = this.#tools.now();
    const held = this.#tools.memory.buckets.get(name);
    if (held === undefined) return { left: size, at: now };
    const passed = Math.max(0, now - held.at);
    return { left: Math.min(size, held.left + (passed / HOUR_MS) * size), at: Math.max(now, held.at) };
  }
}
