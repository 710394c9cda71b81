import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEAF_LENGTH } from '@visor/ledger';

const A_BUNDLE = 256;
const PATIENCE_MS = 20_000;

/**
 * The leaves of one log as its public files have them, base64, once a checkpoint of at least that size is published.
 * Read as any stranger would: C2SP tlog-tiles, entry bundles of up to 256 leaves behind two bytes of length each.
 */
export async function publishedLeaves(ledger: string, of: { origin: string; size: number }): Promise<string[]> {
  const folder = await logFolder(join(ledger, 'logs'), of.origin);
  const size = await publishedSize(folder, of.size);
  const leaves: string[] = [];
  for (let bundle = 0; leaves.length < size; bundle += 1) {
    const width = Math.min(A_BUNDLE, size - bundle * A_BUNDLE);
    const bytes = await readFile(join(folder, 'tile', 'entries', bundlePath(bundle, width)));
    for (let n = 0; n < width; n += 1) {
      const start = n * (2 + LEAF_LENGTH) + 2;
      leaves.push(bytes.toString('base64', start, start + LEAF_LENGTH));
    }
  }
  return leaves;
}

async function logFolder(logs: string, origin: string): Promise<string> {
  for (const name of await readdir(logs)) {
    const said = await readFile(join(logs, name, 'origin'), 'utf8').catch(() => ''); // not written yet
    if (said.trim() === origin) return join(logs, name);
  }
  throw new Error('the log has no folder yet');
}

/** Checkpoints follow the entries by a second or so. */
async function publishedSize(folder: string, wanted: number): Promise<number> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const note = await readFile(join(folder, 'checkpoint'), 'utf8').catch(() => ''); // not written yet
    const size = Number(note.split('\n')[1] ?? 0);
    if (size >= wanted || Date.now() > until) return size;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function bundlePath(bundle: number, width: number): string {
  const digits = String(bundle).padStart(Math.ceil(String(bundle).length / 3) * 3, '0');
  const parts = digits.match(/.{3}/g)!.map((part, i, all) => (i < all.length - 1 ? `x${part}` : part));
  return parts.join('/') + (width === A_BUNDLE ? '' : `.p/${width}`);
}
