/** Just enough of the WebAssembly binary format (core specification 2.0, section 5) to write a module of functions. */
import { type Bytes, utf8 } from '@visor/record';

export type Code = readonly number[];

export const I32 = 0x7f;
export const V128 = 0x7b;

/** LEB128 of an unsigned number below 2^32. */
export function unsigned(value: number): Code {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  return [...out, rest];
}

/** LEB128 of a signed 32-bit number. */
export function signed(value: number): Code {
  const out: number[] = [];
  let rest = value | 0;
  while (rest < -64 || rest > 63) {
    out.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return [...out, rest & 0x7f];
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const name = (text: string): Code => [...unsigned(utf8(text).length), ...utf8(text)];

export interface WasmFunction {
  readonly name: string; // exported
  readonly parameters: number; // all i32; nothing is answered
  readonly locals: readonly { readonly type: number; readonly count: number }[];
  readonly body: Code; // without the closing end
}

/** A module that exports its functions and `memory` of so many pages of 64 KiB. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Bytes {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [I32])),
    0,
  ]);
  const exported = functions.map((one, i) => [...name(one.name), 0, ...unsigned(i)]);
  const bodies = functions.map(({ locals, body }) => {
    const code = [...vector(locals.map(({ type, count }) => [...unsigned(count), type])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(5, vector([[0, ...unsigned(pages)]])),
    ...section(7, vector([...exported, [...name('memory'), 2, 0]])),
    ...section(10, vector(bodies)),
  ]);
}
