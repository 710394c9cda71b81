/**
 * Walks the frames of all segments in the order of the chain. What a crash can leave is passed over: a torn frame at the
 * end of a lease, and frames that an older lease wrote after a newer one had begun. What no crash can leave is refused.
 */
import { type Bytes, equalBytes, Refusal, type Sha256 } from '@visor/record';
import { FRAME_PREFIX, type FrameOutline, frameLength, outlineFrame } from '../frame.ts';
import type { FileLayer } from './files.ts';
import {
  BLOCK,
  headerOfHouse,
  nextBlock,
  parseHeader,
  parseSegmentFile,
  type SegmentName,
  segmentFile,
} from './segment.ts';

export interface WalkPlan {
  readonly files: FileLayer;
  readonly sha256: Sha256;
  readonly folder: string; // of the segments
  readonly house?: Bytes; // refuses segments of any other; left out, the first segment says it
}

/** A frame as it was found, at `at` of the segment whose bytes these are. The bytes are used again after the visit. */
export interface FoundFrame {
  readonly frame: FrameOutline;
  readonly segment: SegmentName;
  readonly at: number;
  readonly length: number;
  readonly bytes: Bytes;
}

export interface SegmentEnd {
  readonly segment: SegmentName;
  readonly end: number; // byte after the last frame that counts; 0 when no frame does
  readonly torn: boolean; // something other than zeros follows
}

export interface ChainEnd {
  readonly number: number; // 0 before the first frame
  readonly hash: Bytes;
}

export interface Walked extends ChainEnd {
  readonly ends: readonly SegmentEnd[]; // of every segment, in order
  readonly house: Bytes | undefined; // undefined without segments
}

interface LeaseSegments {
  readonly lease: number;
  readonly segments: readonly SegmentName[];
  readonly begins: number; // number of the first frame of the lease; Infinity without any
}

/**
 * Calls `visit` for every frame that counts, in order.
 * @throws Refusal `ledger.foreign` (segments of another house), `ledger.damaged` (lease, sequence, at: where)
 * @cost   reads every segment once and digests every frame
 */
export async function walkFrames(plan: WalkPlan, visit: (found: FoundFrame) => void | Promise<void>): Promise<Walked> {
  const leases: LeaseSegments[] = [];
  let house = plan.house;
  for (const segments of await listSegments(plan)) {
    const first = await firstFrame({ ...plan, ...(house === undefined ? {} : { house }) }, segments);
    house ??= first.house;
    leases.push({ lease: segments[0]!.lease, segments, begins: first.number });
  }
  const walker = new Walker(plan, visit);
  for (const [i, lease] of leases.entries()) {
    const bound = Math.min(...leases.slice(i + 1).map(({ begins }) => begins));
    const superseded = Number.isFinite(lease.begins) && lease.begins >= bound;
    if (superseded) walker.skip(lease);
    else await walker.lease(lease, bound); // also one that seems to have no frame: its first may be damaged
  }
  return { ...walker.chain, ends: walker.ends, house };
}

/** The segments of each lease, oldest first. */
export async function listSegments({ files, folder }: WalkPlan): Promise<readonly (readonly SegmentName[])[]> {
  const names = (await files.list(folder)).map(parseSegmentFile).filter((name) => name !== undefined);
  return [...Map.groupBy(names, ({ lease }) => lease).values()];
}

/** The number with which a lease begins; a lease that never wrote a whole frame has none. */
async function firstFrame(
  plan: WalkPlan,
  segments: readonly SegmentName[],
): Promise<{ number: number; house: Bytes | undefined }> {
  let house = plan.house;
  for (const segment of segments) {
    const file = await plan.files.openToRead(`${plan.folder}/${segmentFile(segment)}`);
    if (file === undefined) continue;
    try {
      const head = await file.read(0, BLOCK);
      house ??= parseHeader(plan.sha256, head)?.house;
      if (house !== undefined) headerOfHouse(plan.sha256, head, house);
      const length = frameLength(await file.read(BLOCK, FRAME_PREFIX));
      const frame = length === undefined ? undefined : wholeFrame(plan.sha256, await file.read(BLOCK, length));
      if (frame?.lease === segment.lease) return { number: frame.number, house };
    } finally {
      await file.close();
    }
  }
  return { number: Number.POSITIVE_INFINITY, house };
}

/** The frame, or undefined when these bytes are not exactly one. */
function wholeFrame(sha256: Sha256, bytes: Bytes): FrameOutline | undefined {
  try {
    return outlineFrame(sha256, bytes);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'ledger.frame.shape') return undefined;
    throw error;
  }
}

function frameAt(sha256: Sha256, bytes: Bytes, at: number): FrameOutline | undefined {
  const length = frameLength(bytes.subarray(at, at + FRAME_PREFIX));
  return length === undefined ? undefined : wholeFrame(sha256, bytes.subarray(at, at + length));
}

class Walker {
  readonly #plan: WalkPlan;
  readonly #visit: (found: FoundFrame) => void | Promise<void>;
  #memory = new Uint8Array(0);
  readonly ends: SegmentEnd[] = [];
  chain: ChainEnd = { number: 0, hash: new Uint8Array(32) };

  constructor(plan: WalkPlan, visit: (found: FoundFrame) => void | Promise<void>) {
    this.#plan = plan;
    this.#visit = visit;
  }

  /** @param bound number of the first frame that a newer lease wrote in place of this one's */
  async lease({ segments }: LeaseSegments, bound: number): Promise<void> {
    let tail: { segment: SegmentName; at: number } | undefined; // where frames of this lease ended
    for (const segment of segments) {
      const bytes = await this.#read(segment);
      const end = await this.#segment({ segment, bytes, bound }, tail);
      if (end > BLOCK && parseHeader(this.#plan.sha256, bytes) === undefined) throw damaged(segment, 0);
      const rest = this.#restOf({ segment, bytes, bound }, end);
      this.ends.push({ segment, end: end === BLOCK ? 0 : end, torn: rest });
      if (rest) tail = { segment, at: end };
    }
  }

  /** The whole segment, in the same memory as the one before. */
  async #read(segment: SegmentName): Promise<Bytes> {
    const file = await this.#plan.files.openToRead(`${this.#plan.folder}/${segmentFile(segment)}`);
    if (file === undefined) throw damaged(segment, 0);
    try {
      const length = await file.length();
      if (this.#memory.length < length) this.#memory = new Uint8Array(length);
      return await file.read(0, length, this.#memory.subarray(0, length));
    } finally {
      await file.close();
    }
  }

  skip({ segments }: LeaseSegments): void {
    for (const segment of segments) this.ends.push({ segment, end: 0, torn: false });
  }

  async #segment(
    { segment, bytes, bound }: { segment: SegmentName; bytes: Bytes; bound: number },
    tail: { segment: SegmentName; at: number } | undefined,
  ): Promise<number> {
    let end = BLOCK;
    for (let at = BLOCK; ; at = nextBlock(end)) {
      const frame = frameAt(this.#plan.sha256, bytes, at);
      if (frame === undefined || frame.lease !== segment.lease || frame.number >= bound) return end;
      const follows = frame.number === this.chain.number + 1 && equalBytes(frame.previous, this.chain.hash);
      // a frame behind a gap, a torn one or one that it does not name: no crash reorders synced frames
      if (!follows || tail !== undefined) throw damaged(tail?.segment ?? segment, tail?.at ?? at);
      const length = frameLength(bytes.subarray(at, at + FRAME_PREFIX))!; // a frame was found there
      await this.#visit({ frame, segment, at, length, bytes });
      this.chain = { number: frame.number, hash: frame.hash.slice() };
      end = at + length;
    }
  }

  /** Whether anything but zeros follows. @throws Refusal `ledger.damaged` when a whole frame that counts does */
  #restOf({ segment, bytes, bound }: { segment: SegmentName; bytes: Bytes; bound: number }, end: number): boolean {
    if (isZero(bytes.subarray(end))) return false;
    for (let at = nextBlock(end); at < bytes.length; at += BLOCK) {
      const frame = frameAt(this.#plan.sha256, bytes, at);
      const counts = frame !== undefined && frame.lease === segment.lease && frame.number < bound;
      if (counts && frame.number > this.chain.number) throw damaged(segment, nextBlock(end));
    }
    return true;
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

/** Compared block by block in native code: a prepared segment is sixteen million zeros. */
function isZero(bytes: Bytes): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const some = bytes.subarray(at, at + ZEROS.length);
    if (!ZEROS.subarray(0, some.length).equals(some)) return false;
  }
  return true;
}

export const damaged = (segment: SegmentName, at: number): Refusal =>
  new Refusal('ledger.damaged', { lease: segment.lease, sequence: segment.sequence, at });
