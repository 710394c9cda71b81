import { join } from 'node:path';
import { Fault, type Sha256 } from '@visor/record';
import { type FaceModel, type OperatingPoint, operatingPoint } from '../compare.ts';
import type { FoundFace } from '../detect.ts';
import { FACE_MODEL } from '../manifest.ts';
import { inspectPicture } from '../picture/inspect-picture.ts';
import type { DescribeOptions, FaceDescription } from './describe-face.ts';
import { type ChildOrders, FaceChild } from './face-child.ts';
import { findIsolation } from './isolation.ts';
import { POOL_LIMITS, type PoolLimits } from './limits.ts';
import type { Answer, PictureRequest } from './messages.ts';
import { readModels } from './model-files.ts';

export interface PoolOptions {
  readonly modelsFolder: string; //          the model files as shipped
  readonly cacheFolder: string; //           the rewritten one, and where the children go
  readonly children: number; //              one a core
  readonly sha256: Sha256;
  readonly say: (sentence: string) => void;
  readonly uid?: number; //                  whom the children become once they are loaded; only root can
  readonly gid?: number; //                  its group; the same number when it is left out
  readonly limits?: Partial<PoolLimits>;
  readonly program?: string; //              what a child runs instead of its own program: for tests of bad children
}

export interface Described extends FaceDescription {
  readonly model: string; // FaceModel.id
}

interface Job {
  readonly request: PictureRequest;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (why: Error) => void;
  readonly clock: NodeJS.Timeout;
}

const FIRST_DELAY = 100; // ms before a child that never answered is started again; doubled each time
const LONGEST_DELAY = 10_000;
/** A child that holds this share of its memory between two pictures is replaced, so that no picture is blamed for another. */
const REPLACE_AT = 0.75;

/**
 * Reads the models and starts the children; resolves when all are ready.
 * @throws Refusal `face.model.hash`
 * @throws Fault `face` when a model is missing or a child does not start.
 */
export async function openPool(options: PoolOptions): Promise<FacePool> {
  const limits = { ...POOL_LIMITS, ...options.limits };
  const files = await readModels(options);
  const { prefix, missing } = findIsolation(limits.memoryMiB);
  for (const sentence of missing) options.say(sentence);
  const program = options.program ?? join(import.meta.dirname, 'child.ts');
  const { uid, gid, cacheFolder: folder } = options;
  const pool = new FacePool({ program, prefix, files, folder, uid, gid, limits }, options);
  try {
    await pool.started;
  } catch (cause) {
    await pool.close();
    throw cause;
  }
  return pool;
}

export class FacePool implements AsyncDisposable {
  readonly children: number;
  readonly started: Promise<unknown>;
  readonly #orders: ChildOrders;
  readonly #say: (sentence: string) => void;
  readonly #living = new Set<FaceChild>();
  readonly #idle: FaceChild[] = [];
  readonly #jobs: Job[] = [];
  readonly #delays = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(orders: ChildOrders, { children, say }: Pick<PoolOptions, 'children' | 'say'>) {
    this.#orders = orders;
    this.#say = say;
    this.children = Math.max(1, children);
    this.started = Promise.all(Array.from({ length: this.children }, () => this.#raise(0)));
  }

  /** Process ids of the children that live now. */
  get pids(): readonly number[] {
    return [...this.#living].map(({ pid }) => pid);
  }

  /** The model that describes faces now; undefined for another id. */
  model(id: string = FACE_MODEL.id): FaceModel | undefined {
    return id === FACE_MODEL.id ? FACE_MODEL : undefined;
  }

  operatingPoint(far: number): { readonly model: FaceModel } & OperatingPoint {
    return { model: FACE_MODEL, ...operatingPoint(FACE_MODEL, far) };
  }

  /**
   * The one face of a picture as numbers.
   * @param picture JPEG, PNG or WebP that a stranger sent.
   * @throws Refusal `face.picture.*`, `face.none`, `.several`, `.small`, `.edge`, `.blurred`, `.timeout`
   * @throws Fault `face` when no child is free in time, too many pictures wait, or the child ended: the same picture may be sent again.
   */
  async describe(picture: Uint8Array, options: DescribeOptions = {}): Promise<Described> {
    const answer = await this.#ask(picture, {
      what: 'describe',
      enrol: options.enrol ?? false,
      keepPicture: options.keepPicture ?? false,
    });
    if (answer.kind !== 'described') throw new Fault('face', 'A face child answered something else than was asked.');
    return { ...answer.description, model: FACE_MODEL.id };
  }

  /** All faces of a picture, best first: boxes in px of the upright picture shrunk to 800 a side. @throws as `describe`, but for the face itself */
  async find(picture: Uint8Array): Promise<readonly FoundFace[]> {
    const answer = await this.#ask(picture, { what: 'find', enrol: false, keepPicture: false });
    if (answer.kind !== 'found') throw new Fault('face', 'A face child answered something else than was asked.');
    return answer.faces;
  }

  /** Ends the children at once; what waits or is worked on gets a Fault. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const delay of this.#delays) clearTimeout(delay);
    const why = new Fault('face', 'The face children were stopped.');
    for (const { reject, clock } of this.#jobs.splice(0)) {
      clearTimeout(clock);
      reject(why);
    }
    const living = [...this.#living];
    for (const child of living) child.kill(why);
    await Promise.all(living.map(({ ended }) => ended));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask(picture: Uint8Array, wants: Omit<PictureRequest, 'pixels' | 'orientation'>): Promise<Answer> {
    const { queue, waitMilliseconds } = this.#orders.limits;
    if (this.#closed) throw new Fault('face', 'The face children were stopped.');
    const busy = this.#idle.length === 0 && this.#jobs.length >= queue;
    if (busy) throw new Fault('face', 'Too many pictures are waiting.', { waiting: this.#jobs.length });
    const { pixels, orientation } = inspectPicture(picture);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const job: Job = {
      request: { ...wants, pixels, orientation },
      resolve,
      reject,
      clock: setTimeout(() => this.#drop(job), waitMilliseconds),
    };
    this.#jobs.push(job);
    this.#next();
    return promise;
  }

  #drop(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    job.reject(
      new Fault('face', 'No face child was free in time.', { limit_ms: this.#orders.limits.waitMilliseconds }),
    );
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#jobs.length > 0) {
      const [child, job] = [this.#idle.pop()!, this.#jobs.shift()!];
      clearTimeout(job.clock);
      void this.#serve(child, job);
    }
  }

  async #serve(child: FaceChild, { request, resolve, reject }: Job): Promise<void> {
    await child.ask(request).then(resolve, reject);
    if (child.over !== undefined) return;
    const { memoryMiB } = this.#orders.limits;
    if (child.heldMiB > REPLACE_AT * memoryMiB) return child.kill(new Fault('face', 'A face child is replaced.'));
    this.#idle.push(child);
    this.#next();
  }

  /** Starts a child and puts it to work when it is ready; sees to it that another one follows. */
  async #raise(failures: number): Promise<void> {
    const child = new FaceChild(this.#orders);
    this.#living.add(child);
    void child.ended.then(() => this.#replace(child, failures));
    await child.ready;
    this.#idle.push(child);
    this.#next();
  }

  #replace(child: FaceChild, failures: number): void {
    this.#living.delete(child);
    const at = this.#idle.indexOf(child);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#closed) return;
    this.#say(`A face child ended: ${child.over?.message} ${child.wasReady ? '' : child.complaint}`.trim());
    const again = (): void => {
      this.#delays.delete(delay);
      this.#raise(child.wasReady ? 0 : failures + 1).catch((why: unknown) => {
        if (!(why instanceof Error)) throw why; // what a child that is not ready yet ends with; #replace has said it
      });
    };
    const wait = child.wasReady ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures);
    const delay = setTimeout(again, wait);
    this.#delays.add(delay);
  }
}
