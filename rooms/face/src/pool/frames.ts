import { u32 } from '@visor/record';

/** One message between a pool and a child: `u32 length of the rest | u8 kind | u32 request | body`. */
export interface Frame {
  readonly kind: number;
  readonly request: number; // which picture it is about; 0 for none
  readonly body: Uint8Array;
}

const HEAD = 9;

/** The frame's head; its body follows in `body.length` bytes. */
export function frameHead(kind: number, request: number, bodyLength: number): Uint8Array {
  const head = new Uint8Array(HEAD);
  head.set(u32(5 + bodyLength), 0);
  head[4] = kind;
  head.set(u32(request), 5);
  return head;
}

/**
 * Cuts a stream into frames.
 * @param most  Bytes a body may have; a longer one is refused before anything is allocated for it.
 * @returns     A function that takes the next piece of the stream and calls `take` for every frame that is whole.
 * @throws      RangeError from that function when the other side does not keep to the protocol.
 * @cost        One copy of every body that comes in more than one piece.
 */
export function frameReader(most: number, take: (frame: Frame) => void): (piece: Uint8Array) => void {
  const head = new Uint8Array(HEAD);
  let body: Uint8Array | undefined;
  let filled = 0;
  return (piece) => {
    for (let at = 0; at < piece.length || (body !== undefined && filled === body.length); ) {
      const target: Uint8Array = body ?? head;
      const part = piece.subarray(at, at + target.length - filled);
      target.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < target.length) return;
      filled = 0;
      if (body === undefined) body = new Uint8Array(bodyLength(head, most));
      else {
        const whole = { kind: head[4]!, request: wordAt(head, 5), body };
        body = undefined;
        take(whole);
      }
    }
  };
}

function bodyLength(head: Uint8Array, most: number): number {
  const length = wordAt(head, 0) - 5;
  if (length < 0 || length > most) throw new RangeError(`a frame of ${length} bytes; the most is ${most}`);
  return length;
}

const wordAt = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
