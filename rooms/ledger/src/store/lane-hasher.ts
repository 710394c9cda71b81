/**
 * The tree's two messages four at a time in WebAssembly's vectors, for the check of a ledger and for whoever makes its
 * tiles again; `npm run bench -- ledger` prints the check with them and without.
 */
import { type Bytes, equalBytes, type Sha256 } from '@visor/record';
import { LEAF_LENGTH } from '../leaf.ts';
import { HASH_LENGTH as HASH } from '../tree.ts';
import { laneFunctions } from './sha256-lanes.ts';
import { plainHasher, type TreeHasher } from './tree-hasher.ts';
import { wasmModule } from './wasm-bytes.ts';

const PAGE = 64 * 1024;
const INPUT_AT = 64; // the input may be read from one byte before its begin
const MOST = 1024; // messages a call
const OUTPUT_AT = INPUT_AT + (MOST + 4) * 2 * HASH;
const PAGES = Math.ceil((OUTPUT_AT + (MOST + 4) * HASH) / PAGE);

// TypeScript has no types for it without those of a browser
declare const WebAssembly: {
  readonly validate: (code: Bytes) => boolean;
  readonly Module: new (code: Bytes) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Lanes {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly leaves: (fours: number, input: number, output: number) => void;
  readonly pairs: (fours: number, input: number, output: number) => void;
}

/** Messages that are hashed the plain way first: making the lanes would delay a house that just starts. */
const FEW = 2048;

/**
 * The fastest hasher that this machine runs: in lanes once it has hashed a little, or one digest a hash where the
 * processor has no such vectors.
 * @param sha256 an implementation of its own, which the lanes are held against before they are used
 * @throws Error, from the call that makes them, when the lanes hash otherwise: nothing may be signed or judged with them
 */
export function fastHasher(sha256: Sha256): TreeHasher {
  const plain = plainHasher(sha256);
  let fast: TreeHasher | undefined;
  let hashed = 0;
  const pick = (messages: number): TreeHasher => {
    hashed += messages;
    if (fast === undefined && hashed > FEW) fast = proven(plain);
    return fast ?? plain;
  };
  return {
    leaves: (all) => pick(all.length / LEAF_LENGTH).leaves(all),
    pairs: (all) => pick(all.length / (2 * HASH)).pairs(all),
  };
}

const TRIED = 9; // more than two fours

/** One for the process, since they are made slowly and run faster the longer they run; null where they do not run. */
let made: TreeHasher | null | undefined;

function makeLanes(): TreeHasher | null {
  const code = wasmModule(laneFunctions(), PAGES);
  return WebAssembly.validate(code) ? inLanes(code) : null;
}

/** The lanes, once they said the same as the plain way. */
function proven(plain: TreeHasher): TreeHasher {
  if (made === undefined) made = makeLanes();
  if (made === null) return plain;
  const lanes = made;
  const leaves = Uint8Array.from({ length: TRIED * LEAF_LENGTH }, (_, i) => (i * 167 + 13) & 255);
  const pairs = Uint8Array.from({ length: TRIED * 2 * HASH }, (_, i) => (i * 89 + 7) & 255);
  const same = equalBytes(lanes.leaves(leaves), plain.leaves(leaves));
  if (!same || !equalBytes(lanes.pairs(pairs), plain.pairs(pairs))) throw new Error('the lanes hash wrongly here');
  return lanes;
}

function inLanes(code: Bytes): TreeHasher {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { memory, leaves, pairs } = instance.exports as Lanes; // what laneFunctions has
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
