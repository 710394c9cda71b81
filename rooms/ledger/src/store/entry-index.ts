/** Where each entry of a log stands in the segments: eight bytes an entry, made from the frames, never trusted for content. */
import type { SegmentName } from './segment.ts';

export interface EntryPlace {
  readonly segment: SegmentName;
  readonly at: number; // byte of the segment where the entry begins
}

/** The segments by number, so that a place needs no name of its own. */
export class SegmentTable {
  readonly #names: SegmentName[] = [];

  /** The number of a segment; the same one is only ever added in a row. */
  numberOf(name: SegmentName): number {
    const last = this.#names.at(-1);
    if (last?.lease !== name.lease || last.sequence !== name.sequence) this.#names.push(name);
    return this.#names.length - 1;
  }

  name(number: number): SegmentName {
    return this.#names[number]!;
  }
}

export class EntryIndex {
  #places = new Uint32Array(16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(segment: number, at: number): void {
    if (2 * this.#size === this.#places.length) {
      const longer = new Uint32Array(2 * this.#places.length);
      longer.set(this.#places);
      this.#places = longer;
    }
    this.#places[2 * this.#size] = segment;
    this.#places[2 * this.#size + 1] = at;
    this.#size += 1;
  }

  /** @throws RangeError outside the log */
  place(table: SegmentTable, index: number): EntryPlace {
    const { segment, at } = this.raw(index);
    return { segment: table.name(segment), at };
  }

  raw(index: number): { segment: number; at: number } {
    if (index >= this.#size) throw new RangeError('no such entry');
    return { segment: this.#places[2 * index]!, at: this.#places[2 * index + 1]! };
  }
}
