import type { FaceModel } from '@visor/face';
import { Refusal } from '@visor/record';
import type { Context } from './context.ts';

/** @throws Refusal `face.model.other` for a model that this house does not run */
export function modelOf({ faces }: Context, id: string): FaceModel {
  const model = faces.model(id);
  if (model === undefined) throw new Refusal('face.model.other', { expected: id });
  return model;
}
