import { concat, text, utf8 } from '@visor/record';

/** One field of a protobuf message: its number, the bytes of its value, and all its bytes with the key before them. */
export interface Field {
  readonly number: number;
  readonly value: number | Uint8Array; // a varint as a number; else the bytes (8, 4, or as many as the length says)
  readonly whole: Uint8Array;
}

const notProtobuf = (): RangeError => new RangeError('the bytes are not a protobuf message');

/**
 * The fields of a message in their order; groups, which ONNX does not use, are not read.
 * @throws RangeError for bytes that are none: only hash-checked model files come here.
 * @cost   One step a field; values are views.
 * @source Protocol Buffers encoding
 */
export function fieldsOf(message: Uint8Array): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length; ) {
    const key = varintAt(message, at);
    const [number, wire] = [Math.floor(key.value / 8), key.value % 8];
    const length = wire === 2 ? varintAt(message, key.end) : undefined;
    const start = length?.end ?? key.end;
    const varint = wire === 0 ? varintAt(message, start) : undefined;
    const end = varint?.end ?? start + (length?.value ?? fixedLength(wire));
    if (end > message.length) throw notProtobuf();
    fields.push({ number, value: varint?.value ?? message.subarray(start, end), whole: message.subarray(at, end) });
    at = end;
  }
  return fields;
}

function fixedLength(wire: number): number {
  if (wire !== 1 && wire !== 5) throw notProtobuf();
  return wire === 1 ? 8 : 4;
}

function varintAt(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  throw notProtobuf();
}

export function bytesOf(field: Field): Uint8Array {
  if (typeof field.value === 'number') throw notProtobuf();
  return field.value;
}

export const textOf = (field: Field): string => text(bytesOf(field));

function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}

/** A field with a whole number of at least 0 and at most 2^53 - 1. */
export const numberField = (number: number, value: number): Uint8Array => concat([varint(number * 8), varint(value)]);

/** A field with bytes, text or a message. */
export function bytesField(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? utf8(value) : value;
  return concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}
