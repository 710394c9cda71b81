/** The tree's two messages four at a time in WebAssembly: what a batch call would gain over one digest a hash. */
import { hash } from 'node:crypto';
import { HASH_LENGTH as HASH, LEAF_LENGTH } from '@visor/ledger';
import type { TreeHasher } from '@visor/ledger/store';
import { type Bytes, concat, equalBytes } from '@visor/record';
import { LANES } from './sha256-lanes.ts';
import { wasmModule } from './wasm-bytes.ts';

const PAGE = 64 * 1024;
const INPUT_AT = 64; // the input may be read from one byte before its begin
const MOST = 1024; // messages a call
const OUTPUT_AT = INPUT_AT + (MOST + 4) * 2 * HASH;
const PAGES = Math.ceil((OUTPUT_AT + (MOST + 4) * HASH) / PAGE);

// TypeScript has no types for it without those of a browser
declare const WebAssembly: {
  readonly Module: new (code: Bytes) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Lanes {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly leaves: (fours: number, input: number, output: number) => void;
  readonly pairs: (fours: number, input: number, output: number) => void;
}

/** Four hashes at a time in WebAssembly; the same bytes as `plainHasher` as the ledger's own. */
export function laneHasher(): TreeHasher {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasmModule(LANES, PAGES)));
  const { memory, leaves, pairs } = instance.exports as Lanes; // what LANES has
  const bytes = new Uint8Array(memory.buffer);
  const each =
    (length: number, work: Lanes['leaves']) =>
    (all: Bytes): Bytes => {
      const count = all.length / length;
      const out = new Uint8Array(count * HASH);
      for (let done = 0; done < count; done += MOST) {
        const some = Math.min(MOST, count - done);
        bytes.set(all.subarray(done * length, (done + some) * length), INPUT_AT);
        work(Math.ceil(some / 4), INPUT_AT - 1, OUTPUT_AT); // up to three too many, of whatever lies there
        out.set(bytes.subarray(OUTPUT_AT, OUTPUT_AT + some * HASH), done * HASH);
      }
      return out;
    };
  return { leaves: each(LEAF_LENGTH, leaves), pairs: each(2 * HASH, pairs) };
}

/** @throws Error when one of the hashes of these bytes is not what OpenSSL says */
export function checkLanes(hasher: TreeHasher, bytes: Bytes): void {
  for (const [prefix, length, all] of [
    [0, LEAF_LENGTH, hasher.leaves],
    [1, 2 * HASH, hasher.pairs],
  ] as const) {
    const messages = bytes.slice(0, bytes.length - (bytes.length % length));
    const hashes = all(messages);
    for (let i = 0; i * length < messages.length; i += 1) {
      const message = messages.subarray(i * length, (i + 1) * length);
      const right = hash('sha256', concat([Uint8Array.of(prefix), message]), 'buffer');
      if (!equalBytes(hashes.subarray(i * HASH, (i + 1) * HASH), right)) throw new Error(`hash ${i} is wrong`);
    }
  }
}
