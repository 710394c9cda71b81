import { hash } from 'node:crypto';
import type { Bytes, Sha256 } from '@visor/record';
import { createSHA256 } from 'hash-wasm';

// Below this many bytes the call into OpenSSL costs more than the digest; `npm run bench -- ledger` prints both.
const SMALL = 512;

/** SHA-256, each length by whichever of two implementations is faster for it. */
export async function openDigest(): Promise<Sha256> {
  const small = await createSHA256();
  return (data: Bytes): Bytes => {
    if (data.length < SMALL) return small.init().update(data).digest('binary');
    const digest = hash('sha256', data, 'buffer');
    return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
  };
}
