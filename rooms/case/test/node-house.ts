import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import { type HouseTools, type SmallHouse, smallHouse } from '@visor/case/rehearsal';

export const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', data, 'buffer'));

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410, before the 32 bytes of the secret

const tools: HouseTools = {
  sha256,
  keyPair: (secret) => {
    const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return {
      publicKey: new Uint8Array(spki.subarray(-32)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    };
  },
};

/** A small house on Node's digests and signatures. */
export const houseOf = (seed: string): SmallHouse => smallHouse(tools, seed);
