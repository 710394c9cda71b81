import { type Bytes, concat, Fault, Refusal, utf8 } from '@visor/record';
import { open, seal, subKey } from './cipher.ts';
import { readWhole, replaceWhole } from './folder.ts';
import { type KeyRing, packRing, unpackRing } from './key-ring.ts';

const HEADER = utf8('VISORKEYS1\n');
const NAME = 'keys.sealed';
const MOST = 256 * 1024 * 1024;

/** @throws Refusal `keeper.foreign` when the file is sealed under another root. */
export async function readKeyFile(folder: string, root: Bytes): Promise<KeyRing | undefined> {
  const bytes = await readWhole(folder, NAME, MOST);
  if (bytes === undefined) return undefined;
  const plain = open(subKey(root, 'key file'), bytes.subarray(HEADER.length), HEADER);
  if (plain === undefined) throw new Refusal('keeper.foreign', { what: 'root' });
  return unpackRing(plain);
}

export function writeKeyFile(folder: string, root: Bytes, ring: KeyRing): Promise<void> {
  return replaceWhole(folder, NAME, concat([HEADER, seal(subKey(root, 'key file'), packRing(ring), HEADER)]));
}

interface Change {
  readonly next: (ring: KeyRing) => KeyRing;
  resolve(ring: KeyRing): void;
  reject(cause: unknown): void;
}

/**
 * The ring that is durable, and the only way to change it. Nobody sees a key before it is on disk: something wrapped
 * under a key that a crash took back would be lost. Changes that come while a file is written share the next one.
 */
export class KeyStore {
  readonly #folder: string;
  readonly #root: Bytes;
  #ring: KeyRing;
  #queue: Change[] = [];
  #running = false;
  #failure: Fault | undefined;

  constructor(folder: string, root: Bytes, ring: KeyRing) {
    this.#folder = folder;
    this.#root = root;
    this.#ring = ring;
  }

  get ring(): KeyRing {
    return this.#ring;
  }

  /** Whether a write failed; nobody knows then what is on disk, and the process has to begin anew. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves with the ring after the change, when it is durable. What `next` throws refuses this change alone. */
  change(next: (ring: KeyRing) => KeyRing): Promise<KeyRing> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({ next, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0 && this.#failure === undefined) {
      const changes = this.#queue;
      this.#queue = [];
      const { ring, good } = applyAll(this.#ring, changes);
      await this.#write(ring, good);
    }
    this.#running = false;
  }

  async #write(ring: KeyRing, changes: readonly Change[]): Promise<void> {
    try {
      if (ring !== this.#ring) await writeKeyFile(this.#folder, this.#root, ring);
    } catch (cause) {
      this.#failure = new Fault('keeper', 'The keys cannot be written.', {}, { cause });
      for (const { reject } of [...changes, ...this.#queue]) reject(this.#failure);
      return;
    }
    this.#ring = ring;
    for (const { resolve } of changes) resolve(ring);
  }

  /** Seals bytes that leave the keeper but still belong to the root: key backups. */
  sealForRoot(what: string, plain: Bytes, aad: Bytes): Bytes {
    return seal(subKey(this.#root, what), plain, aad);
  }

  openForRoot(what: string, sealed: Bytes, aad: Bytes): Bytes | undefined {
    return open(subKey(this.#root, what), sealed, aad);
  }
}

function applyAll(from: KeyRing, changes: readonly Change[]): { ring: KeyRing; good: readonly Change[] } {
  let ring = from;
  const good: Change[] = [];
  for (const change of changes) {
    try {
      ring = change.next(ring);
      good.push(change);
    } catch (cause) {
      change.reject(cause);
    }
  }
  return { ring, good };
}
