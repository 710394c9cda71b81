/**
 * Damage to every byte of a bundle, one at a time: none reads UNCHANGED with the anchor card, and each is CHANGED at
 * that byte.
 */
import { cardOf, headOf, liveIn, makeBundle, seededWhole } from '@visor/case/rehearsal';
import { type AnchorCard, parseAnchorCard } from '@visor/ledger';
import { verify } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import type { LongResult, LongTask } from '../long-run.ts';
import { houseOf } from '../node-house.ts';

export const name = 'byte-flips';

const LOG = 'visor.invalid/flips/1';
/** Past the last byte it begins again with other differences, so that every byte is flipped at least once. */
export const full = 40_000;

function groundOf(): { readonly bundle: Uint8Array; readonly trust: AnchorCard } {
  const house = houseOf('byte flips');
  const shown = liveIn(house, LOG, 8);
  const bundle = makeBundle(house, { origin: LOG, shown, earlier: { [LOG]: [5] } });
  return { bundle, trust: parseAnchorCard(nodeTools.sha256, cardOf(house, LOG, [headOf(house, LOG, 5)])) };
}

/** Each byte by a difference that the seed gives; with a deadline, bytes spread over the whole bundle. */
export async function run({ count, seed, deadline, say }: LongTask): Promise<LongResult> {
  const ground = groundOf();
  if (ground.bundle.length > full) return { done: 0, failures: [`the bundle has more than ${full} bytes`] };
  const tried = await flipBytes({ ...ground, count, seed, deadline });
  say(
    `${Math.min(tried.done, ground.bundle.length)} of ${ground.bundle.length} bytes flipped, ${tried.done} flips, seed ${seed}`,
  );
  return tried;
}

export interface Flips {
  readonly bundle: Uint8Array;
  readonly trust: AnchorCard;
  readonly count: number;
  readonly seed: number;
  readonly deadline: number; // milliseconds since 1970
}

/** Flips bytes of any bundle that reads UNCHANGED with the card; failures name the byte, its difference and the seed. */
export async function flipBytes({ bundle, trust, count, seed, deadline }: Flips): Promise<LongResult> {
  if (verify(nodeTools, bundle, { trust }).verdict !== 'UNCHANGED')
    return { done: 0, failures: ['it is not UNCHANGED before'] };
  const whole = seededWhole(`flips ${seed}`);
  const stride = strideOver(bundle.length);
  const broken = bundle.slice();
  const failures: string[] = [];
  let done = 0;
  for (; done < count && Date.now() < deadline && failures.length < 20; done += 1) {
    const at = ((seed % bundle.length) + done * stride) % bundle.length;
    const bits = 1 + whole(255);
    broken[at]! ^= bits;
    const { verdict, place } = verify(nodeTools, broken, { trust });
    broken[at]! ^= bits;
    if (verdict === 'CHANGED' && place?.byte === at) continue;
    failures.push(`seed ${seed}, byte ${at} xor ${bits}: ${verdict} at ${place?.byte ?? 'no place'}`);
  }
  return { done, failures };
}

/** A step that comes past every byte once: it has no divisor in common with the length. */
function strideOver(length: number): number {
  let stride = Math.max(1, Math.floor(length * 0.618));
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  while (divisor(stride, length) !== 1) stride += 1;
  return stride;
}
