import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEAF_LENGTH } from '@visor/ledger';
import { Finding } from './finding.ts';

const A_BUNDLE = 256;
const PATIENCE_MS = 20_000;

/**
 * The leaves of one log as its public files have them, base64, once a checkpoint of at least that size is published.
 * Read as any stranger would: C2SP tlog-tiles, entry bundles of up to 256 leaves behind two bytes of length each.
 */
export async function publishedLeaves(ledger: string, of: { origin: string; size: number }): Promise<string[]> {
  const { folder, size } = await published(join(ledger, 'logs'), of);
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

/** Undefined until the first checkpoint of the log is published. */
async function logFolder(logs: string, origin: string): Promise<string | undefined> {
  for (const name of await readdir(logs).catch(() => [])) {
    const said = await readFile(join(logs, name, 'origin'), 'utf8').catch(() => '');
    if (said.trim() === origin) return join(logs, name);
  }
  return undefined;
}

/** Checkpoints follow the entries by a second or so, the first one too. */
async function published(
  logs: string,
  of: { origin: string; size: number },
): Promise<{ folder: string; size: number }> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const folder = await logFolder(logs, of.origin);
    const note = folder === undefined ? '' : await readFile(join(folder, 'checkpoint'), 'utf8').catch(() => '');
    const size = Number(note.split('\n')[1] ?? 0);
    if (folder !== undefined && size >= of.size) return { folder, size };
    if (Date.now() > until)
      throw new Finding(`no checkpoint of ${of.size} entries was published, the last one has ${size}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function bundlePath(bundle: number, width: number): string {
  const digits = String(bundle).padStart(Math.ceil(String(bundle).length / 3) * 3, '0');
  const parts = digits.match(/.{3}/g)!.map((part, i, all) => (i < all.length - 1 ? `x${part}` : part));
  return parts.join('/') + (width === A_BUNDLE ? '' : `.p/${width}`);
}
