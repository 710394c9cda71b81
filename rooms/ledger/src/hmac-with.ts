import type { Bytes, Hmac, Sha256 } from '@visor/record';

const BLOCK = 64;
const DIGEST = 32;

/**
 * HMAC-SHA-256 of RFC 2104 from a digest. An entry asks for some thirty under three keys, and Node's own takes longer to
 * set up than to compute; the two padded blocks of the key used last are kept.
 * @returns a function of key (any length) and data that answers 32 bytes
 * @cost    two digests, of 64 bytes more than the data and of 96 bytes; not to be called by two threads
 */
export function hmacWith(sha256: Sha256): Hmac {
  const outer = new Uint8Array(BLOCK + DIGEST);
  let inner = new Uint8Array(BLOCK);
  let last: Bytes | undefined;
  const use = (key: Bytes): void => {
    const short = key.length > BLOCK ? sha256(key) : key;
    for (let i = 0; i < BLOCK; i += 1) {
      inner[i] = (short[i] ?? 0) ^ 0x36;
      outer[i] = (short[i] ?? 0) ^ 0x5c;
    }
    last = new Uint8Array(key); // slice() of a Node Buffer is no copy, and a key may be wiped by its owner
  };
  return (key, data) => {
    if (last === undefined || !sameKey(last, key)) use(key);
    if (inner.length < BLOCK + data.length) {
      const longer = new Uint8Array(BLOCK + data.length);
      longer.set(inner.subarray(0, BLOCK));
      inner = longer;
    }
    inner.set(data, BLOCK);
    outer.set(sha256(inner.subarray(0, BLOCK + data.length)), BLOCK);
    return sha256(outer);
  };
}

/** Only whether the blocks at hand serve again; both keys are the caller's own. */
function sameKey(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
