/**
 * Writes frames: one write and one sync each, into space that was filled and synced before. The next segment is made
 * ready while the present one fills. A reserve stays filled for what must be entered even when the disk is full.
 */
import type { Bytes, Sha256 } from '@visor/record';
import { type FileLayer, isDiskFull, type OpenedFile } from './files.ts';
import { BLOCK, beginSegment, fillFile, nextBlock, type SegmentName } from './segment.ts';

const SPARE = 'spare';
const RESERVE = 'reserve';
/** Named by its lease: an earlier writer that does not know yet that it is one may be filling at the same time. */
const FILLING = 'filling-';

export interface WalPlan {
  readonly files: FileLayer;
  readonly sha256: Sha256;
  readonly folder: string; // of the segments; exists
  readonly house: Bytes;
  readonly lease: number;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
}

export interface Written {
  readonly segment: SegmentName;
  readonly at: number; // byte of the segment where the frame begins
}

interface Current {
  readonly name: SegmentName;
  readonly file: OpenedFile;
  readonly length: number;
  end: number;
}

export class WalWriter {
  readonly #plan: WalPlan;
  #current: Current | undefined;
  #sequence = 0;
  #spare: Promise<void>; // done when the spare was tried
  #reserve: Promise<void> = Promise.resolve(); // done when spare and reserve were tried
  #trouble: unknown; // why one of them could not be made
  #spoiltTo = 0; // how far frames that failed may have written into the present segment
  #reserved = false; // the reserve is there
  #onReserve = false; // the present segment was the reserve
  #syncs = 0;

  constructor(plan: WalPlan) {
    this.#plan = plan;
    this.#reserve = this.#clearLeft();
    [this.#spare, this.#reserve] = this.#makeReady();
  }

  /** True while the disk has no room for the next segment or the reserve. */
  get full(): boolean {
    return isDiskFull(this.#trouble);
  }

  /** How many frames were made durable, each by one fdatasync. */
  get syncs(): number {
    return this.#syncs;
  }

  /** Frames up to this many bytes fit a segment. */
  get largest(): number {
    return this.#plan.segmentBytes - BLOCK;
  }

  /**
   * Durable when it answers. After an error nothing counts as written, and the same place is used again.
   * @param urgent may use the reserve
   * @throws Fault `ledger`; with ENOSPC it may be tried again, with anything else this writer is at its end
   */
  async append(frame: Bytes, urgent: boolean): Promise<Written> {
    const current = await this.#placeFor(frame.length, urgent);
    const at = nextBlock(current.end);
    const end = at + frame.length;
    try {
      // zeros over what a longer frame that failed here may have left
      await current.file.write(this.#spoiltTo > end ? padded(frame, this.#spoiltTo - at) : frame, at);
      await current.file.sync();
    } catch (error) {
      this.#spoiltTo = Math.max(this.#spoiltTo, end);
      throw error;
    }
    this.#spoiltTo = 0;
    this.#syncs += 1;
    current.end = end;
    return { segment: current.name, at };
  }

  /** Behind the last frame of a segment stand zeros, or it would look torn where no crash can have torn it. */
  async #clear(current: Current): Promise<void> {
    const from = nextBlock(current.end);
    if (this.#spoiltTo <= from) return;
    await current.file.write(new Uint8Array(this.#spoiltTo - from), from);
    await current.file.sync();
    this.#spoiltTo = 0;
  }

  async #placeFor(length: number, urgent: boolean): Promise<Current> {
    if (length > this.largest) throw new RangeError('the frame is longer than a segment');
    const current = this.#current;
    const fits = current !== undefined && nextBlock(current.end) + length <= current.length;
    if (fits && (urgent || !this.#onReserve || !this.full)) return current;
    await this.#spare;
    if (this.#trouble === undefined) return fits ? current : this.#roll(SPARE);
    if (!this.full || !urgent || !this.#reserved) throw this.#trouble;
    return this.#roll(RESERVE);
  }

  async #roll(spare: typeof SPARE | typeof RESERVE): Promise<Current> {
    const { house, lease, segmentBytes, reserveBytes } = this.#plan;
    const name = { lease, sequence: this.#sequence + 1 };
    if (this.#current !== undefined) await this.#clear(this.#current);
    const file = await beginSegment(this.#plan, spare, { house, ...name });
    await this.#current?.file.close();
    this.#sequence = name.sequence;
    this.#onReserve = spare === RESERVE;
    if (this.#onReserve) this.#reserved = false;
    else [this.#spare, this.#reserve] = this.#makeReady();
    this.#current = { name, file, length: this.#onReserve ? reserveBytes : segmentBytes, end: BLOCK };
    return this.#current;
  }

  /** Tries again to find room; true when there is. */
  async makeRoom(): Promise<boolean> {
    await this.#reserve;
    if (this.full) {
      [this.#spare, this.#reserve] = this.#makeReady();
      await this.#reserve;
    }
    return this.#trouble === undefined;
  }

  /** Neither rejects: what went wrong stands in #trouble and is thrown to whoever needs the room. */
  #makeReady(): [Promise<void>, Promise<void>] {
    const { segmentBytes, reserveBytes } = this.#plan;
    const trying = async (name: string, length: number): Promise<unknown> => {
      try {
        await this.#fill(name, length);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    // one after the other: two at once would fill the same file
    const spare = this.#reserve
      .then(() => trying(SPARE, segmentBytes))
      .then((trouble) => {
        this.#trouble = trouble;
      });
    const reserve = spare.then(async () => {
      if (reserveBytes === 0 || this.#trouble !== undefined) return;
      this.#trouble = await trying(RESERVE, reserveBytes);
      this.#reserved = this.#trouble === undefined;
    });
    return [spare, reserve];
  }

  async #fill(name: string, length: number): Promise<void> {
    const { files, folder } = this.#plan;
    if (await this.#isFilled(`${folder}/${name}`, length)) return;
    await files.remove(`${folder}/${name}`);
    const filling = `${folder}/${FILLING}${this.#plan.lease}`;
    await fillFile(files, filling, length);
    await files.rename(filling, `${folder}/${name}`);
    await files.syncFolder(folder);
  }

  /** What writers of leases long over were filling when they were killed; the last one's may still be at work. */
  async #clearLeft(): Promise<void> {
    const { files, folder, lease } = this.#plan;
    for (const name of await files.list(folder)) {
      if (name.startsWith(FILLING) && Number(name.slice(FILLING.length)) < lease - 1)
        await files.remove(`${folder}/${name}`);
    }
  }

  /** A spare that was left by the last run serves again, if it is whole and was never begun. */
  async #isFilled(path: string, length: number): Promise<boolean> {
    const file = await this.#plan.files.openToRead(path);
    if (file === undefined) return false;
    try {
      const head = await file.read(0, BLOCK);
      return (await file.length()) === length && head.every((byte) => byte === 0);
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await this.#reserve;
    await this.#current?.file.close();
    this.#current = undefined;
  }
}

function padded(frame: Bytes, length: number): Bytes {
  const out = new Uint8Array(length);
  out.set(frame);
  return out;
}
