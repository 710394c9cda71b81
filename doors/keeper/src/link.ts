import { connect, type Socket } from 'node:net';
import { type Bytes, concat, Fault, Refusal } from '@visor/record';
import { plain } from './cipher.ts';
import { FrameReader, frame, MOST_FRAME } from './frames.ts';
import { PROTOCOL, readAnswer } from './message.ts';
import { decode, encode, type Wire } from './wire.ts';

interface Waiting {
  readonly since: number;
  resolve(value: Wire): void;
  reject(cause: unknown): void;
}

export const gone = (): Fault => new Fault('keeper', 'The keeper is not there.');

/** One connection to a keeper. Everything that is asked in one turn of the loop goes out in one write. */
export class Link implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #reader = new FrameReader(MOST_FRAME);
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #questions: Bytes[] = [];
  #closed = false;

  private constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(plain(chunk)));
    socket.on('error', () => socket.destroy()); // what it means for whoever waits is said on close
    socket.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#waiting.values()) reject(gone());
      this.#waiting.clear();
      onClose();
    });
  }

  /** @throws Fault `keeper` */
  static async open(path: string, token: Bytes, onClose: () => void): Promise<Link> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const made = connect(path, () => resolve(made));
      made.once('error', (cause) => reject(new Fault('keeper', 'The keeper does not answer.', {}, { cause })));
    });
    const link = new Link(socket, onClose);
    socket.write(frame(encode({ protocol: PROTOCOL, token })));
    return link;
  }

  ask(operation: string, args: Wire): Promise<Wire> {
    if (this.#closed) return Promise.reject(gone());
    this.#number += 1;
    const number = this.#number;
    const bytes = frame(encode({ number, operation, args }));
    if (bytes.length > MOST_FRAME) return Promise.reject(new Refusal('request.too-large', { limit: MOST_FRAME }));
    if (this.#questions.length === 0) setImmediate(() => this.#flush());
    this.#questions.push(bytes);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { since: performance.now(), resolve, reject });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Milliseconds that the oldest open question has waited. */
  waited(): number {
    for (const { since } of this.#waiting.values()) return performance.now() - since;
    return 0;
  }

  #flush(): void {
    const questions = concat(this.#questions);
    this.#questions = [];
    if (!this.#closed) this.#socket.write(questions);
  }

  /** A keeper that does not keep to the wire is one that is gone. */
  #take(chunk: Bytes): void {
    this.#reader.push(chunk);
    try {
      this.#answers();
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      this.#socket.destroy();
    }
  }

  #answers(): void {
    for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) this.#answer(decode(next));
  }

  #answer(value: Wire): void {
    const { number, settle } = readAnswer(value);
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    try {
      waiting.resolve(settle());
    } catch (cause) {
      waiting.reject(cause); // the keeper's Refusal or Fault, made again on this side for whoever asked
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }
}
