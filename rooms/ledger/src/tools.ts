import type { Bytes, Hmac, Random, Sha256 } from '@visor/record';

/** What making an entry needs; arguments, because this entrance holds no powers. */
export interface LedgerTools {
  readonly sha256: Sha256;
  readonly hmac: Hmac;
  readonly random: Random;
  /** AES-256-GCM; answers ciphertext | tag 16. */
  readonly seal: (key: Bytes, nonce: Bytes, plain: Bytes, aad: Bytes) => Bytes;
  /** Undefined when the key, the nonce, the bytes or the additional data are not the ones that were sealed. */
  readonly open: (key: Bytes, nonce: Bytes, sealed: Bytes, aad: Bytes) => Bytes | undefined;
}

/** Ed25519 of RFC 8032 over the whole message. */
export type VerifyEd25519 = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean;
