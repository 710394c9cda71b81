/** The powers that the pure entrance asks for, from Node's own crypto. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { LedgerTools, VerifyEd25519 } from '@visor/ledger';
import { type Bytes, concat, fromHex, type Random, type Sha256, u32 } from '@visor/record';

const copied = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

export const sha256: Sha256 = (data) => copied(createHash('sha256').update(data).digest());

/** Chance that is the same in every run: SHA-256 of a seed and a counter. */
export function seeded(seed: number): Random {
  let counter = 0;
  return (length) => {
    const blocks: Bytes[] = [];
    for (let have = 0; have < length; have += 32) blocks.push(sha256(concat([u32(seed), u32(counter++)])));
    return concat(blocks).slice(0, length);
  };
}

export function toolsWith(random: Random): LedgerTools {
  return {
    sha256,
    random,
    hmac: (key, data) => copied(createHmac('sha256', key).update(data).digest()),
    seal(key, nonce, plain, aad) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
      return concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(key, nonce, sealed, aad) {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
      decipher.setAAD(aad).setAuthTag(sealed.subarray(sealed.length - 16));
      const opened = decipher.update(sealed.subarray(0, sealed.length - 16));
      try {
        return concat([opened, decipher.final()]);
      } catch {
        return undefined; // the only thing that final() refuses is the tag
      }
    },
  };
}

export interface LogKey {
  readonly publicKey: Bytes;
  sign(message: Bytes): Bytes;
}

const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420');
const SPKI_ED25519 = fromHex('302a300506032b6570032100');

/** The Ed25519 key pair of a 32-byte secret (RFC 8032), in the two wrappings of RFC 8410 that Node reads. */
export function logKey(secret: Bytes): LogKey {
  const key = createPrivateKey({ key: Buffer.from(concat([PKCS8_ED25519, secret])), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: copied(spki.subarray(SPKI_ED25519.length)), sign: (message) => copied(sign(null, message, key)) };
}

const known = new Map<string, KeyObject>();

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  const spki = Buffer.from(concat([SPKI_ED25519, publicKey]));
  const name = spki.toString('hex');
  const key = known.get(name) ?? createPublicKey({ key: spki, format: 'der', type: 'spki' });
  known.set(name, key);
  return verify(null, message, key, signature);
};
