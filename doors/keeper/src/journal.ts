/**
 * The keeper's memory on disk: frames of records, each frame under an HMAC that runs over the one before it, so that no
 * frame can be changed, moved or left out of the middle. A frame is written only after the one before it is durable;
 * so a bad frame with a good one after it is damage, and a bad one at the end is a write that a crash cut short.
 */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, concat, equalBytes, Fault, type Hmac, type Random, Refusal, u32, utf8 } from '@visor/record';
import { readWhole, syncFolder } from './folder.ts';
import { decode, encode, type Wire } from './wire.ts';

const HEADER = utf8('VISORMEM1\n');
const MAGIC = utf8('VKMF');
const MAC = 16;
const NAME = 'memory.journal';
const MOST = 512 * 1024 * 1024;

const LEAST_REWRITE = 1024 * 1024;

export interface JournalTools {
  readonly hmac: Hmac;
  readonly random: Random;
  readonly key: Bytes; // 32 bytes; under it the frames are authenticated
}

interface Waiter {
  resolve(): void;
  reject(cause: unknown): void;
}

interface OpenFile {
  readonly file: FileHandle;
  readonly mac: Bytes; // of the last frame
  readonly size: number;
}

/**
 * Opens the memory of a folder and answers what stands in it.
 * @param mayBegin  Whether there may be none yet.
 * @throws Refusal `keeper.damaged`
 */
export async function openJournal(
  folder: string,
  tools: JournalTools,
  mayBegin: boolean,
): Promise<{ records: readonly Wire[]; journal: (snapshot: () => readonly Wire[]) => Journal }> {
  const bytes = await readWhole(folder, NAME, MOST);
  if (bytes === undefined && !mayBegin) throw damaged(0);
  const read = bytes === undefined ? undefined : readFrames(bytes, tools);
  const at = read === undefined ? await freshFile(folder, tools, []) : await cutFile(folder, read);
  return { records: read?.records ?? [], journal: (snapshot) => new Journal(folder, tools, { at, snapshot }) };
}

async function cutFile(folder: string, { end, mac }: { end: number; mac: Bytes }): Promise<OpenFile> {
  const file = await open(join(folder, NAME), 'r+');
  await file.truncate(end);
  await file.sync();
  return { file, mac, size: end };
}

async function freshFile(folder: string, tools: JournalTools, records: readonly Wire[]): Promise<OpenFile> {
  const start = tools.random(MAC);
  const { bytes, mac } = frameOf(tools, start, records);
  const all = concat([HEADER, start, bytes]);
  const path = join(folder, NAME);
  const file = await open(`${path}.new`, 'w', 0o600);
  await file.write(all, 0, all.length, 0);
  await file.sync();
  await rename(`${path}.new`, path);
  await syncFolder(folder);
  return { file, mac, size: all.length };
}

export class Journal implements AsyncDisposable {
  readonly #folder: string;
  readonly #tools: JournalTools;
  readonly #snapshot: () => readonly Wire[];
  #at: OpenFile;
  #rewriteAbove: number;
  #pending: Wire[] = [];
  #waiting: Waiter[] = [];
  #writing: Promise<void> | undefined;
  #failure: Fault | undefined;

  /** @param from  `snapshot` answers records that say all that is known now; they must bear being read twice. */
  constructor(folder: string, tools: JournalTools, from: { at: OpenFile; snapshot: () => readonly Wire[] }) {
    this.#folder = folder;
    this.#tools = tools;
    this.#at = from.at;
    this.#snapshot = from.snapshot;
    this.#rewriteAbove = Math.max(LEAST_REWRITE, 4 * from.at.size);
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Adds to what the next sync writes. */
  append(record: Wire): void {
    this.#pending.push(record);
  }

  /** Resolves when everything appended so far is durable. A failed write ends the journal: nobody knows what is on disk. */
  synced(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending.length === 0) return this.#writing ?? Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#writing ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      const [records, waiting] = [this.#pending, this.#waiting];
      [this.#pending, this.#waiting] = [[], []];
      try {
        await (this.#at.size > this.#rewriteAbove ? this.#rewrite() : this.#write(records));
      } catch (cause) {
        this.#failure = new Fault('keeper', 'The memory cannot be written.', {}, { cause });
        for (const waiter of [...waiting, ...this.#waiting]) waiter.reject(this.#failure);
        return;
      }
      for (const waiter of waiting) waiter.resolve();
    }
    this.#writing = undefined;
  }

  async #write(records: readonly Wire[]): Promise<void> {
    const { file, size } = this.#at;
    const { bytes, mac } = frameOf(this.#tools, this.#at.mac, records);
    await file.write(bytes, 0, bytes.length, size);
    await file.datasync();
    this.#at = { file, mac, size: size + bytes.length };
  }

  /** A new file with all that is known now, what waits to be written included. */
  async #rewrite(): Promise<void> {
    const old = this.#at.file;
    this.#at = await freshFile(this.#folder, this.#tools, this.#snapshot());
    this.#rewriteAbove = Math.max(LEAST_REWRITE, 4 * this.#at.size);
    await old.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.synced();
    await this.#at.file.close();
  }
}

function frameOf(tools: JournalTools, before: Bytes, records: readonly Wire[]): { bytes: Bytes; mac: Bytes } {
  const payload = encode(records);
  const head = concat([MAGIC, u32(payload.length)]);
  const mac = macOf(tools, before, concat([head, payload]));
  return { bytes: concat([head, payload, mac]), mac };
}

const macOf = (tools: JournalTools, before: Bytes, framed: Bytes): Bytes =>
  tools.hmac(tools.key, concat([before, framed])).slice(0, MAC);

function readFrames(bytes: Bytes, tools: JournalTools): { records: readonly Wire[]; end: number; mac: Bytes } {
  const first = HEADER.length + MAC;
  if (bytes.length < first || !equalBytes(bytes.subarray(0, HEADER.length), HEADER)) throw damaged(0);
  const records: Wire[] = [];
  let mac: Bytes = bytes.slice(HEADER.length, first);
  let at = first;
  for (;;) {
    const found = frameAt(bytes, { at, before: mac }, tools);
    if (found === undefined) break;
    for (const record of found.records) records.push(record);
    at = found.end;
    mac = found.mac;
  }
  if (at === first) throw damaged(at); // a file is begun with one whole frame, before it gets its name
  if (at < bytes.length && goodFrameAfter(bytes, at + 1, tools)) throw damaged(at);
  return { records, end: at, mac };
}

interface Found {
  readonly records: readonly Wire[];
  readonly end: number;
  readonly mac: Bytes;
}

function frameAt(bytes: Bytes, { at, before }: { at: number; before: Bytes }, tools: JournalTools): Found | undefined {
  const start = at + MAGIC.length + 4;
  if (start > bytes.length || !equalBytes(bytes.subarray(at, at + MAGIC.length), MAGIC)) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + MAGIC.length);
  const end = start + length + MAC;
  if (end > bytes.length) return undefined;
  const mac = bytes.slice(end - MAC, end);
  if (!equalBytes(macOf(tools, before, bytes.subarray(at, end - MAC)), mac)) return undefined;
  const records = decode(bytes.subarray(start, end - MAC));
  if (!Array.isArray(records)) throw damaged(at);
  return { records, end, mac };
}

/** A later frame proves itself with the HMAC that stands in the bytes before it. */
function goodFrameAfter(bytes: Bytes, from: number, tools: JournalTools): boolean {
  for (let at = from; at + MAGIC.length + 4 + MAC <= bytes.length; at += 1) {
    if (bytes[at] !== MAGIC[0]) continue;
    if (frameAt(bytes, { at, before: bytes.slice(at - MAC, at) }, tools) !== undefined) return true;
  }
  return false;
}

const damaged = (at: number): Refusal => new Refusal('keeper.damaged', { at });
