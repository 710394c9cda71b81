import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { Fault, Refusal, utf8 } from '@visor/record';
import { type Frame, frameHead, frameReader } from './frames.ts';
import type { PoolLimits } from './limits.ts';
import { type Answer, KIND, LARGEST_ANSWER, type PictureRequest, readAnswer, requestHead } from './messages.ts';
import type { NetworkFiles } from './networks.ts';

export interface ChildOrders {
  readonly program: string; //            the file that a child runs
  readonly prefix: readonly string[]; //  what takes rights away before it runs
  readonly files: NetworkFiles;
  readonly folder: string; //             where it goes when it is loaded
  readonly uid: number | undefined; //    whom it becomes then
  readonly gid: number | undefined;
  readonly limits: PoolLimits;
}

interface Asked {
  readonly request: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (why: Error) => void;
  readonly timers: readonly NodeJS.Timeout[];
}

const WATCH_EVERY = 25; // ms, while a picture is worked on
const PAGE = 4096;
const V8_HEAP_MIB = 192;
const ANSWERS = 3;

/** One child process: it loads, says that it is ready, and has at most one picture at a time. */
export class FaceChild {
  readonly #process: ChildProcess;
  readonly #limits: PoolLimits;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #asked: Asked | undefined;
  #requests = 0;
  #wasReady = false;
  #complaint = '';
  #over: Error | undefined; // why it is or soon will be no more

  constructor(orders: ChildOrders) {
    const { prefix, program, limits } = orders;
    this.#limits = limits;
    const [command, ...rest] = [...prefix, process.execPath, `--max-old-space-size=${V8_HEAP_MIB}`, program];
    // An empty environment: nothing that this process knows by name reaches the child.
    this.#process = spawn(command!, rest, { env: {}, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
    this.#listen();
    this.#start(orders);
  }

  /** Rejects with a Fault when the child ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The end of what it wrote on its standard error while it loaded, for the operator; nothing of what it wrote afterwards. */
  get complaint(): string {
    return this.#complaint.trim();
  }

  /** Why it has ended or is ending; undefined while it lives. */
  get over(): Error | undefined {
    return this.#over;
  }

  get wasReady(): boolean {
    return this.#wasReady;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** MiB that the process holds now; 0 where the kernel does not tell. */
  get heldMiB(): number {
    try {
      const pages = Number(readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')[1]);
      return (PAGE * pages) / 2 ** 20;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause) return 0; // it has gone, or this system has no /proc
      throw cause;
    }
  }

  /**
   * Gives the child a picture.
   * @throws Refusal that the picture gets; with `face.timeout` and, for too much memory, `face.picture.size` the child ends too.
   * @throws Fault `face` when the child ended for another reason or broke the protocol.
   */
  ask(request: PictureRequest): Promise<Answer> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    this.#requests += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { milliseconds } = this.#limits;
    const late = (): void => this.kill(new Refusal('face.timeout', { limit_ms: milliseconds }));
    const timers = [setTimeout(late, milliseconds), setInterval(() => this.#weigh(), WATCH_EVERY)];
    this.#asked = { request: this.#requests, resolve, reject, timers };
    this.#write(KIND.picture, this.#requests, [requestHead(request), request.pixels]);
    return promise;
  }

  kill(why: Error): void {
    this.#over ??= why;
    this.#process.kill('SIGKILL');
  }

  #listen(): void {
    this.#process.once('error', (cause) =>
      this.#end(new Fault('face', 'A face child cannot be started.', {}, { cause })),
    );
    this.#process.once('close', (code, signal) => {
      this.#end(new Fault('face', 'A face child ended.', { code: code ?? -1, signal: signal ?? 'none' }));
    });
    const gone = (): void => this.kill(new Fault('face', 'A face child closed its side.'));
    this.#process.stdin!.on('error', gone);
    const complain = (piece: Uint8Array): void => {
      this.#complaint = (this.#complaint + new TextDecoder().decode(piece)).slice(-2000);
    };
    this.#process.stderr!.on('data', complain);
    void this.#ready.promise.then(
      () => this.#process.stderr!.off('data', complain).resume(),
      () => undefined,
    );
    const answers = this.#process.stdio[ANSWERS];
    if (!(answers instanceof Readable)) return; // it did not start, and says so by itself
    const read = frameReader(LARGEST_ANSWER, (frame) => this.#take(frame));
    answers.on('data', (piece: Uint8Array) => this.#distrusting(() => read(piece))).on('error', gone);
  }

  #start({ files, folder, uid, gid, limits }: ChildOrders): void {
    for (const bytes of [files.detect, files.landmarks, files.embed]) this.#write(KIND.model, 0, [bytes]);
    this.#write(KIND.start, 0, [utf8([folder, uid ?? '', gid ?? uid ?? ''].join('\0'))]);
    const late = (): void =>
      this.kill(new Fault('face', 'A face child took too long to start.', { limit_ms: limits.startMilliseconds }));
    const clock = setTimeout(late, limits.startMilliseconds);
    const stop = (): void => clearTimeout(clock);
    void this.#ready.promise.then(stop, stop);
  }

  #write(kind: number, request: number, parts: readonly Uint8Array[]): void {
    this.#process.stdin!.write(
      frameHead(
        kind,
        request,
        parts.reduce((sum, part) => sum + part.length, 0),
      ),
    );
    for (const part of parts) this.#process.stdin!.write(part);
  }

  #take({ kind, request, body }: Frame): void {
    if (kind === KIND.ready) {
      this.#wasReady = true;
      this.#ready.resolve();
      return;
    }
    const asked = this.#asked;
    if (asked === undefined || asked.request !== request) throw new RangeError('an answer that nobody asked for');
    const answer = readAnswer(kind, body);
    this.#settled();
    if (answer.kind === 'refused') asked.reject(answer.refusal);
    else asked.resolve(answer);
  }

  /** A child that breaks the protocol may be in the hands of whoever made a picture: it ends, and says nothing more. */
  #distrusting(read: () => void): void {
    try {
      read();
    } catch (cause) {
      if (!(cause instanceof RangeError || cause instanceof Refusal)) throw cause;
      this.kill(new Fault('face', 'A face child broke the protocol.', {}, { cause }));
    }
  }

  #weigh(): void {
    if (this.heldMiB <= this.#limits.memoryMiB) return;
    this.kill(new Refusal('face.picture.size', { memory_limit_mib: this.#limits.memoryMiB }));
  }

  #settled(): void {
    for (const timer of this.#asked?.timers ?? []) clearTimeout(timer); // an interval's too
    this.#asked = undefined;
  }

  #end(why: Error): void {
    this.#over ??= why;
    const asked = this.#asked;
    this.#settled();
    asked?.reject(this.#over);
    this.#ready.reject(this.#over);
    this.#ended.resolve();
  }
}
