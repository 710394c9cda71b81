import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, hex, Refusal, type Sha256 } from '@visor/record';
import { MANIFEST, type ModelFile } from '../manifest.ts';
import { rewriteModel } from '../onnx/rewrite-model.ts';
import type { NetworkFiles } from './networks.ts';

export interface ModelFolders {
  readonly modelsFolder: string; // the files as shipped
  readonly cacheFolder: string; //  where rewritten ones are kept; may be the same
  readonly sha256: Sha256;
  readonly say: (sentence: string) => void;
}

/**
 * Reads the models, each byte of them checked against the manifest every time; rewrites the embedding the first time.
 * The bytes that were checked are the bytes that are handed on: no child opens a model file.
 *
 * @throws Refusal `face.model.hash` when a file, shipped or rewritten, is not the one that the manifest names.
 * @throws Fault `face` when a file is missing or the cache cannot be written.
 */
export async function readModels(folders: ModelFolders): Promise<NetworkFiles> {
  const { detect, landmarks, embed } = MANIFEST.files;
  return {
    detect: await readShipped(folders, detect),
    landmarks: await readShipped(folders, landmarks),
    embed: await readRewritten(folders, embed),
  };
}

async function readShipped({ modelsFolder, sha256 }: ModelFolders, model: ModelFile): Promise<Uint8Array> {
  const bytes = await readIfThere(join(modelsFolder, model.file));
  if (bytes === undefined) throw new Fault('face', 'A model file is missing.', { file: model.file });
  return checked(sha256, bytes, model);
}

async function readRewritten(folders: ModelFolders, model: ModelFile): Promise<Uint8Array> {
  const { rewritten } = model;
  if (rewritten === undefined) return readShipped(folders, model);
  const file = model.file.replace(/\.onnx$/, `.${rewritten.sha256.slice(0, 12)}.onnx`);
  const kept = await readIfThere(join(folders.cacheFolder, file));
  if (kept !== undefined) return checked(folders.sha256, kept, { file, ...rewritten });
  const bytes = rewriteModel(await readShipped(folders, model));
  checked(folders.sha256, bytes, { file, ...rewritten });
  await keep(folders.cacheFolder, file, bytes);
  folders.say(`The face model ${model.file} was rewritten for speed and kept as ${file}.`);
  return bytes;
}

function checked(sha256: Sha256, bytes: Uint8Array, want: { file: string; bytes: number; sha256: string }): Uint8Array {
  if (bytes.length !== want.bytes || hex(sha256(bytes)) !== want.sha256) {
    throw new Refusal('face.model.hash', { file: want.file, bytes: bytes.length, expected: want.bytes });
  }
  return bytes;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new Fault('face', 'A model file cannot be read.', {}, { cause });
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Under its name only when it is whole: two pools may write it at the same time. */
async function keep(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const half = join(folder, `${file}.${process.pid}.half`);
    await writeFile(half, bytes, { mode: 0o644 });
    await rename(half, join(folder, file));
  } catch (cause) {
    throw new Fault('face', 'The rewritten face model cannot be kept.', { file }, { cause });
  }
}
