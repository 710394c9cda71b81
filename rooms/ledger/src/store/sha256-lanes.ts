/**
 * SHA-256 (FIPS 180-4) of four messages at a time, one a lane of WebAssembly's 128-bit vectors, for the two messages
 * that a Merkle tree has: 0x00 | leaf of 53 bytes, one block, and 0x01 | left | right, two blocks.
 * The constants are made as the standard defines them, from the roots of the first primes.
 */
import { LEAF_LENGTH } from '../leaf.ts';
import { type Code, signed, unsigned, V128, type WasmFunction } from './wasm-bytes.ts';

const PRIMES = ((): readonly bigint[] => {
  const found: bigint[] = [];
  for (let n = 2n; found.length < 64; n += 1n) if (found.every((prime) => n % prime !== 0n)) found.push(n);
  return found;
})();

/** The first 32 bits behind the point of the root of that power, exactly. */
function fraction(prime: bigint, power: 2n | 3n): number {
  const scaled = prime << (32n * power);
  let root = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) if ((root + bit) ** power <= scaled) root += bit;
  return Number(root & 0xffffffffn);
}

const START = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n));
const ROUND = PRIMES.map((prime) => fraction(prime, 3n));

// parameters and locals
const [COUNT, INPUT, OUTPUT] = [0, 1, 2];
const WORDS = 3; // 16 vectors: the message, then its schedule as a ring
const STATE = WORDS + 16; // 8
const SAVED = STATE + 8; // 8: the state before the block
const TEMPORARY = SAVED + 8; // 4
const LOCALS = [{ type: V128, count: 16 + 8 + 8 + 4 }];

const simd = (...code: number[]): Code => [0xfd, ...unsigned(code[0]!), ...code.slice(1)];
const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number): Code => [0x21, ...unsigned(local)];
const number = (value: number): Code => [0x41, ...signed(value)];
const add = (...terms: readonly Code[]): Code => [
  ...terms[0]!,
  ...terms.slice(1).flatMap((term) => [...term, ...simd(0xae, 1)]),
];
const xor = (...terms: readonly Code[]): Code => [
  ...terms[0]!,
  ...terms.slice(1).flatMap((term) => [...term, ...simd(0x51)]),
];
const shiftLeft = (value: Code, by: number): Code => [...value, ...number(by), ...simd(0xab, 1)];
const shiftRight = (value: Code, by: number): Code => [...value, ...number(by), ...simd(0xad, 1)];
const rotate = (value: Code, by: number): Code => [
  ...shiftRight(value, by),
  ...shiftLeft(value, 32 - by),
  ...simd(0x50),
];
/** Bits of the first where the mask has ones, of the second elsewhere. */
const select = (ones: Code, zeros: Code, mask: Code): Code => [...ones, ...zeros, ...mask, ...simd(0x52)];
const bytes16 = (bytes: readonly number[]): Code => simd(0x0c, ...bytes);
const load = (address: Code, offset: number): Code => [...address, ...simd(0x00, 0), ...unsigned(offset)];
const store = (address: Code, value: Code, offset: number): Code => [
  ...address,
  ...value,
  ...simd(0x0b, 0),
  ...unsigned(offset),
];
const shuffle = (a: Code, b: Code, lanes: readonly number[]): Code => [...a, ...b, ...simd(0x0d, ...lanes)];

/** The same 32-bit word in every lane. */
function splat(word: number): Code {
  const little = [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
  return bytes16([...little, ...little, ...little, ...little]);
}

const lanesOf = (...words: readonly number[]): readonly number[] =>
  words.flatMap((word) => [0, 1, 2, 3].map((i) => 4 * word + i));
const SWAP = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const swapped = (value: Code): Code => shuffle(value, value, SWAP);

/** Four vectors of four words become four vectors of one word each of all four. */
function transpose(from: readonly Code[], to: readonly number[]): Code {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => TEMPORARY + i) as [number, number, number, number]; // four in, four out
  const [low, high] = [lanesOf(0, 4, 1, 5), lanesOf(2, 6, 3, 7)];
  return [
    ...[...shuffle(from[0]!, from[1]!, low), ...set(a)],
    ...[...shuffle(from[2]!, from[3]!, low), ...set(b)],
    ...[...shuffle(from[0]!, from[1]!, high), ...set(c)],
    ...[...shuffle(from[2]!, from[3]!, high), ...set(d)],
    ...[...shuffle(get(a), get(b), lanesOf(0, 1, 4, 5)), ...set(to[0]!)],
    ...[...shuffle(get(a), get(b), lanesOf(2, 3, 6, 7)), ...set(to[1]!)],
    ...[...shuffle(get(c), get(d), lanesOf(0, 1, 4, 5)), ...set(to[2]!)],
    ...[...shuffle(get(c), get(d), lanesOf(2, 3, 6, 7)), ...set(to[3]!)],
  ];
}

/** The 64 rounds over the words; the state stands in its locals before and after. */
function compress(): Code {
  const code: number[] = [];
  for (let i = 0; i < 8; i += 1) code.push(...get(STATE + i), ...set(SAVED + i));
  let state = Array.from({ length: 8 }, (_, i) => STATE + i); // which local is a, b, … h in this round
  for (let round = 0; round < 64; round += 1) {
    const [a, b, c, d, e, f, g, h] = state.map(get) as [Code, Code, Code, Code, Code, Code, Code, Code]; // eight in, eight out
    if (round >= 16) code.push(...schedule(round));
    const word = get(WORDS + (round % 16));
    const sum1 = xor(rotate(e, 6), rotate(e, 11), rotate(e, 25));
    code.push(...add(h, sum1, select(f, g, e), splat(ROUND[round]!), word), ...set(TEMPORARY));
    code.push(...add(d, get(TEMPORARY)), ...set(state[3]!));
    const sum0 = xor(rotate(a, 2), rotate(a, 13), rotate(a, 22));
    code.push(...add(get(TEMPORARY), sum0, select(c, b, xor(a, b))), ...set(state[7]!));
    state = [state[7]!, ...state.slice(0, 7)]; // what was h holds the new a; the others move one on
  }
  for (let i = 0; i < 8; i += 1) code.push(...add(get(STATE + i), get(SAVED + i)), ...set(STATE + i));
  return code; // 64 is a multiple of eight, so every letter is back in its own local
}

function schedule(round: number): Code {
  const at = (back: number): Code => get(WORDS + ((round - back) % 16));
  const small0 = xor(rotate(at(15), 7), rotate(at(15), 18), shiftRight(at(15), 3));
  const small1 = xor(rotate(at(2), 17), rotate(at(2), 19), shiftRight(at(2), 10));
  return [...add(at(16), small0, at(7), small1), ...set(WORDS + (round % 16))];
}

const LEAF_BITS = 8 * (1 + LEAF_LENGTH);
const PAIR_BITS = 8 * 65;

/** The words of the first block of four messages that lie `stride` bytes apart behind a prefix byte. */
function firstBlock(prefix: number, stride: number): Code {
  const code: number[] = [];
  for (let part = 0; part < 4; part += 1) {
    const from = [0, 1, 2, 3].map((lane) => {
      const bytes = load(get(INPUT), lane * stride + part * 16); // the input begins one byte behind INPUT
      if (part === 0) return swapped([...bytes, ...number(prefix), ...simd(0x17, 0)]);
      return swapped(stride === LEAF_LENGTH && part === 3 ? padded(bytes) : bytes);
    });
    code.push(
      ...transpose(
        from,
        [0, 1, 2, 3].map((i) => WORDS + part * 4 + i),
      ),
    );
  }
  return code;
}

/** The end of a leaf's block: its last six bytes, the bit behind the message, and the length. */
function padded(bytes: Code): Code {
  const kept = Array.from({ length: 16 }, (_, i) => (i < 6 ? 255 : 0));
  const end = Array.from({ length: 16 }, (_, i) =>
    i === 6 ? 0x80 : i === 14 ? LEAF_BITS >> 8 : i === 15 ? LEAF_BITS & 255 : 0,
  );
  return [...bytes, ...bytes16(kept), ...simd(0x4e), ...bytes16(end), ...simd(0x50)];
}

/** The second block of a pair holds its last byte, the bit behind it, and the length. */
function secondBlock(): Code {
  const code: number[] = [...splat(0), ...set(TEMPORARY)];
  for (let lane = 0; lane < 4; lane += 1) {
    const byte = [...get(INPUT), 0x2d, 0, ...unsigned(lane * 64 + 64)];
    code.push(...get(TEMPORARY), ...byte, ...simd(0x1c, lane), ...set(TEMPORARY));
  }
  code.push(...shiftLeft(get(TEMPORARY), 24), ...splat(0x00800000), ...simd(0x50), ...set(WORDS));
  for (let i = 1; i < 16; i += 1) code.push(...splat(i === 15 ? PAIR_BITS : 0), ...set(WORDS + i));
  return code;
}

/** Writes the four digests one behind the other. */
function digests(): Code {
  const code: number[] = [];
  for (let half = 0; half < 2; half += 1) {
    const to = [0, 1, 2, 3].map((i) => WORDS + i);
    code.push(
      ...transpose(
        [0, 1, 2, 3].map((i) => get(STATE + half * 4 + i)),
        to,
      ),
    );
    for (let lane = 0; lane < 4; lane += 1)
      code.push(...store(get(OUTPUT), swapped(get(to[lane]!)), lane * 32 + half * 16));
  }
  return code;
}

const start = (): Code => START.flatMap((word, i) => [...splat(word), ...set(STATE + i)]);
const advance = (local: number, by: number): Code => [...get(local), ...number(by), 0x6a, ...set(local)];

/** A function (count of fours, input - 1, output): counts down, four messages a turn. */
function hashing(name: string, stride: number, block: Code): WasmFunction {
  const turn = [
    ...start(),
    ...block,
    ...digests(),
    ...advance(INPUT, 4 * stride),
    ...advance(OUTPUT, 128),
    ...advance(COUNT, -1),
  ];
  const loop = [0x03, 0x40, ...turn, ...get(COUNT), 0x0d, 0, 0x0b]; // again while any are left
  return { name, parameters: 3, locals: LOCALS, body: loop };
}

/** Made when it is asked for, from the two loops of the standard. */
export const laneFunctions = (): readonly WasmFunction[] => [
  hashing('leaves', LEAF_LENGTH, [...firstBlock(0, LEAF_LENGTH), ...compress()]),
  hashing('pairs', 64, [...firstBlock(1, 64), ...compress(), ...secondBlock(), ...compress()]),
];
