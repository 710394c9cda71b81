import { connect, type Socket } from 'node:net';

/** The smallest HTTP client that can measure a server: one connection, one request at a time, no parsing it does not need. */
export class RawClient implements Disposable {
  readonly #socket: Socket;
  #held: Buffer = Buffer.alloc(0);
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (part) => this.#take(part));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')));
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Sends whole request bytes; resolves with the status when the whole answer is there. The body is kept in `last`. */
  ask(request: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  last = '';

  #take(part: Buffer): void {
    this.#held = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
    const end = this.#held.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#held.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#held.length < end + 4 + length) return;
    this.last = this.#held.toString('utf8', end + 4, end + 4 + length);
    this.#held = this.#held.subarray(end + 4 + length);
    this.#answered?.(Number(head.slice(9, 12)));
  }

  [Symbol.dispose](): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }
}

/** The bytes of one POST, as a keep-alive client sends them. */
export function postBytes(port: number, path: string, more: { secret: string; idem: string; body: string }): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${more.secret}\r\nContent-Type: application/json\r\n` +
    `Idempotency-Key: ${more.idem}\r\nContent-Length: ${Buffer.byteLength(more.body)}\r\n\r\n${more.body}`
  );
}
