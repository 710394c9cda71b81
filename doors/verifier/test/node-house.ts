/** Small houses on Node's digests and signatures, what they hand out, and what an attacker makes of it. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { buildBundle, type Contents, readBundle } from '@visor/case/bundle';
import {
  cardOf,
  type HouseTools,
  headOf,
  liveIn,
  makeBundle,
  type SmallHouse,
  smallHouse,
} from '@visor/case/rehearsal';
import { type AnchorCard, parseAnchorCard } from '@visor/ledger';
import { nodeTools } from '@visor/verifier/node';

export const { sha256 } = nodeTools;
export const LOG = 'visor.invalid/a-site/1';

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

export const houseOf = (seed: string): SmallHouse => smallHouse(tools, seed);

export const trustOf = (
  house: SmallHouse,
  heads: readonly string[] = [],
  prefix = 'visor.invalid/a-site',
): AnchorCard => parseAnchorCard(sha256, cardOf(house, prefix, heads));

/** A house after a day, its card with a head of that day's morning, and the bundle of some of it. */
export function aBundle(
  seed: string,
  acts = 8,
): { house: SmallHouse; bytes: Uint8Array; trust: AnchorCard; morning: string } {
  const house = houseOf(seed);
  const shown = liveIn(house, LOG, acts);
  const morning = headOf(house, LOG, 3);
  const bytes = makeBundle(house, { origin: LOG, shown: shown.slice(1), earlier: { [LOG]: [3] } });
  return { house, bytes, trust: trustOf(house, [morning]), morning };
}

type Loose<T> = T extends string | number | boolean | null | Uint8Array
  ? T
  : T extends readonly (infer U)[]
    ? Loose<U>[]
    : { -readonly [K in keyof T]: Loose<T[K]> };
export type LooseContents = Loose<Contents>;

/** The bundle that an attacker makes of another one: contents edited, container, digests and README made to fit. */
export function remade(bytes: Uint8Array, edit: (contents: LooseContents) => unknown): Uint8Array {
  const contents = structuredClone(readBundle(sha256, bytes)) as LooseContents; // a copy that nobody else holds
  edit(contents);
  return buildBundle(sha256, contents as Contents); // what an attacker writes need not be true, only of the shape
}
