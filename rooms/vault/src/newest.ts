/** Keeps the newest of many things by name; the one that was not used for longest goes first. */
export class Newest<T> {
  readonly #most: number;
  readonly #held = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): T | undefined {
    const found = this.#held.get(name);
    if (found === undefined) return undefined;
    this.#held.delete(name);
    this.#held.set(name, found);
    return found;
  }

  set(name: string, thing: T): T {
    this.#held.delete(name);
    this.#held.set(name, thing);
    if (this.#held.size > this.#most) {
      const oldest = this.#held.keys().next();
      if (oldest.done !== true) this.#held.delete(oldest.value);
    }
    return thing;
  }

  forget(name: string): void {
    this.#held.delete(name);
  }
}
