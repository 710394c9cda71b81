/** The small house of `@visor/case/rehearsal` on Node's digests and signatures, for benches and long runs. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { type SmallHouse, smallHouse } from '@visor/case/rehearsal';
import { nodeTools } from '@visor/verifier/node';

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410, before the 32 bytes of the secret

export function houseOf(seed: string): SmallHouse {
  const keyPair = (secret: Uint8Array): Pick<SmallHouse, 'publicKey' | 'sign'> => {
    const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return {
      publicKey: new Uint8Array(spki.subarray(-32)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    };
  };
  return smallHouse({ sha256: nodeTools.sha256, keyPair }, seed);
}
