/** The model files for tests, where they were fetched. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MANIFEST } from '@visor/face';
import type { Sha256 } from '@visor/record';

export const MODELS = resolve(process.env.VISOR_DATA ?? 'data', 'models');
export const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');

/** False when all files are there, else why the test is left out. */
export const NO_MODELS: string | false = Object.values(MANIFEST.files).every(({ file }) =>
  existsSync(join(MODELS, file)),
)
  ? false
  : 'the face models are not here (./visor serve brings them)';

export const shipped = (which: keyof typeof MANIFEST.files): Uint8Array =>
  readFileSync(join(MODELS, MANIFEST.files[which].file));
