import type { Bytes } from './bytes.ts';

/** Cryptographically strong bytes; an argument everywhere, so that a test can fix it. */
export type Random = (length: number) => Bytes;

/** SHA-256 of the whole input; 32 bytes. An argument, so that pure rooms run in Node and in a browser. */
export type Sha256 = (data: Bytes) => Bytes;

/** HMAC-SHA-256; 32 bytes. */
export type Hmac = (key: Bytes, data: Bytes) => Bytes;
