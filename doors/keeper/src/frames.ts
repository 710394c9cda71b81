import { type Bytes, concat, Refusal, u32 } from '@visor/record';

/** A frame is u32 length | payload. A hand-shake is small; nobody who has not shown the token gets more buffered. */
export const MOST_FRAME = 64 * 1024 * 1024;
export const MOST_HELLO = 128;

export const frame = (payload: Bytes): Bytes => concat([u32(payload.length), payload]);

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #parts: Bytes[] = [];
  #held = 0;
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
  }

  /** What came in, without copying until a frame is whole. */
  push(bytes: Bytes): void {
    this.#parts.push(bytes);
    this.#held += bytes.length;
  }

  /** The next whole frame. @throws Refusal `request.too-large` as soon as a length says so. */
  next(): Bytes | undefined {
    if (this.#held < 4) return undefined;
    const head = this.#gather(4);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    if (length > this.#limit) throw new Refusal('request.too-large', { limit: this.#limit });
    if (this.#held < 4 + length) return undefined;
    const whole = this.#gather(4 + length);
    this.#held -= 4 + length;
    const rest = whole.subarray(4 + length);
    this.#parts = rest.length === 0 ? this.#parts.slice(1) : [rest, ...this.#parts.slice(1)];
    return whole.subarray(4, 4 + length);
  }

  /** Joins parts until the first one holds at least `least` bytes, and answers it. */
  #gather(least: number): Bytes {
    let count = 0;
    let length = 0;
    while (length < least) length += this.#parts[count++]!.length;
    if (count > 1) this.#parts = [concat(this.#parts.slice(0, count)), ...this.#parts.slice(count)];
    return this.#parts[0]!;
  }
}
