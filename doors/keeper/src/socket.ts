import { timingSafeEqual } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { type Bytes, concat, Refusal } from '@visor/record';
import { plain } from './cipher.ts';
import { FrameReader, frame, MOST_FRAME, MOST_HELLO } from './frames.ts';
import { type Answer, doneAnswer, failedAnswer, GREETING, PROTOCOL, QUESTION } from './message.ts';
import { decode, encode, type Wire } from './wire.ts';

const GREETING_MS = 5_000;
const MOST_CONNECTIONS = 32;
const MOST_OPEN_QUESTIONS = 20_000;

export type Runner = (operation: string, args: Wire) => Promise<Wire>;

/** Listens on a Unix socket and answers whoever shows the token. `path` is relative to the folder the process is in. */
export async function listen(path: string, token: Bytes, run: Runner): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((socket) => {
    new Session(socket, token, run).begin();
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return server;
}

class Session {
  readonly #socket: Socket;
  readonly #token: Bytes;
  readonly #run: Runner;
  readonly #reader = new FrameReader(MOST_HELLO);
  #known = false;
  #open = 0;
  #answers: Bytes[] = [];

  constructor(socket: Socket, token: Bytes, run: Runner) {
    this.#socket = socket;
    this.#token = token;
    this.#run = run;
  }

  begin(): void {
    const late = setTimeout(() => !this.#known && this.#socket.destroy(), GREETING_MS);
    this.#socket.on('error', () => this.#socket.destroy()); // the other side went away; its questions are void
    this.#socket.on('close', () => clearTimeout(late));
    this.#socket.on('data', (chunk) => this.#take(plain(chunk)));
  }

  /** Whoever sends what is no frame, no greeting or no question is cut off: there is no common ground to answer on. */
  #take(chunk: Bytes): void {
    this.#reader.push(chunk);
    try {
      for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) this.#frame(decode(next));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      this.#socket.destroy();
    }
  }

  #frame(value: Wire): void {
    if (!this.#known) {
      const { protocol, token } = GREETING(value, 'greeting');
      if (protocol !== PROTOCOL || !timingSafeEqual(token, this.#token)) throw new Refusal('request.key');
      this.#known = true;
      this.#reader.limit = MOST_FRAME;
      return;
    }
    const { number, operation, args } = QUESTION(value, 'question');
    if (this.#open >= MOST_OPEN_QUESTIONS) throw new Refusal('request.too-large', { limit: MOST_OPEN_QUESTIONS });
    this.#open += 1;
    void this.#answer(number, operation, args);
  }

  async #answer(number: number, operation: string, args: Wire): Promise<void> {
    const answer = await this.#run(operation, args).then(
      (value) => doneAnswer(number, value),
      (error: unknown) => failedAnswer(number, error),
    );
    this.#open -= 1;
    this.#send(answer);
  }

  /** The answers of one turn of the loop go out in one write. */
  #send(answer: Answer): void {
    if (this.#answers.length === 0) setImmediate(() => this.#flush());
    this.#answers.push(frame(encode({ ...answer })));
  }

  #flush(): void {
    const answers = concat(this.#answers);
    this.#answers = [];
    if (!this.#socket.destroyed) this.#socket.write(answers);
  }
}
