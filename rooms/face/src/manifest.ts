import manifest from '../models.json' with { type: 'json' };
import type { FaceModel } from './compare.ts';

/** One model file: what is fetched, what it must hash to, what it takes and gives. */
export interface ModelFile {
  readonly path: string; //    inside the package
  readonly file: string; //    its name in the models folder
  readonly bytes: number;
  readonly sha256: string; //  lower-case hexadecimal, as shipped
  /** The form that is run, where it is not the one that is shipped. */
  readonly rewritten?: { readonly bytes: number; readonly sha256: string };
  readonly origin: string;
  readonly input: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly channels: string;
    readonly normalised: string;
  };
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly is: string }[];
}

/** `models.json`: where the models come from, which bytes they are, how to use them and what they were measured to do. */
export interface FaceManifest {
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly integrity: string;
    readonly licence: string;
  };
  readonly provenance: string;
  readonly model: FaceModel & { readonly measured: string };
  readonly files: { readonly detect: ModelFile; readonly landmarks: ModelFile; readonly embed: ModelFile };
}

export const MANIFEST: FaceManifest = manifest;

/** The model that describes faces now. */
export const FACE_MODEL: FaceModel = Object.freeze({
  id: MANIFEST.model.id,
  length: MANIFEST.model.length,
  points: MANIFEST.model.points,
});
