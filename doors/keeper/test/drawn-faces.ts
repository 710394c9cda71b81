/** Faces that are numbers drawn from a name, for tests that need no picture. */
import { createHash } from 'node:crypto';
import { FACE_MODEL, unit } from '@visor/face';
import { type Bytes, Refusal, text, utf8 } from '@visor/record';
import type { DescribedFace, Faces } from '@visor/vault';

/** A template that a name fixes: the same name gives nearly the same numbers, another name others. */
export function templateOf(name: string, noise = 0): Float32Array {
  const numbers = (seed: string): Float32Array => {
    const out = new Float32Array(FACE_MODEL.length);
    for (let at = 0; at < out.length; at += 8) {
      const block = createHash('sha256').update(`${seed}/${at}`).digest();
      for (let i = 0; i < 8; i += 1) out[at + i] = block.readInt32LE(4 * i) / 2 ** 31;
    }
    return unit(out);
  };
  const base = numbers(name);
  const other = numbers(`${name}/noise`);
  return unit(base.map((value, at) => value + noise * other[at]!));
}

/** "Pictures" are names; some names are refused as bad pictures are. */
export const faces: Faces = {
  async describe(picture, wants): Promise<DescribedFace> {
    const name = text(picture);
    if (name === 'nobody') throw new Refusal('face.none');
    const [who = '', noise = '0'] = name.split('~');
    return {
      template: templateOf(who, Number(noise)),
      model: FACE_MODEL.id,
      quality: { size_px: 200, sharpness: 1, score: 0.9, yaw: 0 },
      ...(wants.keepPicture === true ? { aligned: utf8(`picture of ${who}`) } : {}),
    };
  },
  model: (id) => (id === undefined || id === FACE_MODEL.id ? FACE_MODEL : undefined),
};

export const picture = (name: string): Bytes => utf8(name);
export const FAR = FACE_MODEL.points[0]!.far;
