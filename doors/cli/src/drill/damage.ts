import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAnchorCard } from '@visor/ledger';
import type { Bytes } from '@visor/record';
import { type Verdict, verify } from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { type Client, must } from './client.ts';

export interface Checked {
  readonly entries: number;
  readonly withCard: Verdict;
  readonly without: Verdict;
  readonly damaged: { readonly verdict: Verdict; readonly where: string };
}

const MOST_ENTRIES = 1_000;

/** Makes a bundle, checks it as a stranger would, damages one byte of it and checks again. */
export async function checkBundle(
  client: Client,
  made: { readonly folder: string; readonly card: string; readonly entries: number },
): Promise<Checked> {
  const limit = Math.min(MOST_ENTRIES, made.entries);
  const answer = await must(client.post('/v1/bundles', { from: made.entries - limit, limit }));
  const bundle = new Uint8Array(Buffer.from(String(answer.bytes), 'base64'));
  await writeFile(join(made.folder, 'bundle.zip'), bundle);
  const trust = parseAnchorCard(nodeTools.sha256, made.card);
  const broken = damage(bundle);
  await writeFile(join(made.folder, 'damaged.zip'), broken);
  const caught = verify(nodeTools, broken, { trust });
  return {
    entries: limit,
    withCard: verify(nodeTools, bundle, { trust }).verdict,
    without: verify(nodeTools, bundle, {}).verdict,
    damaged: { verdict: caught.verdict, where: caught.where ?? '' },
  };
}

/** Turns one accepted decision into a refused one, or, where there is none, flips one bit in the middle. */
export function damage(bundle: Bytes): Bytes {
  const broken = bundle.slice();
  const at = Buffer.from(bundle).indexOf('"value":"accept"');
  const place = at < 0 ? Math.floor(bundle.length / 2) : at + '"value":"'.length;
  broken[place] = broken[place]! ^ 1;
  return broken;
}
