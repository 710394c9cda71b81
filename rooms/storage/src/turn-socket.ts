import { Socket } from 'node:net';

/**
 * A socket that holds back what is written while it is corked until the turn ends: the driver corks once a statement,
 * and many statements that are sent together then go out in one write.
 */
export class TurnSocket extends Socket {
  #held = false;

  override cork(): void {
    if (this.#held) return;
    this.#held = true;
    super.cork();
    process.nextTick(() => {
      this.#held = false;
      super.uncork();
    });
  }

  override uncork(): void {
    // the end of the turn does it
  }
}
