import { Refusal } from '@visor/record';

/** A false accept rate and the score from which on two faces count as one person at it. */
export interface OperatingPoint {
  readonly far: number; //       false accepts a comparison of two people, e.g. 1e-4
  readonly threshold: number; // cosine
}

export interface FaceModel {
  readonly id: string; //     names weights and everything done before and after them; templates of two ids never compare
  readonly length: number; // numbers in one template
  readonly points: readonly OperatingPoint[];
}

export interface FaceTemplate {
  readonly model: string; //            FaceModel.id
  readonly template: Float32Array; //   FaceModel.length numbers, L2 norm 1
}

/**
 * Says how alike two faces are.
 *
 * @param a, b  Templates of one model: `model.length` float32 numbers, L2 norm 1 ± 1e-3. (The subtraction of
 *              the common mean that a package for this model does is left out: it gives -1 for every pair.)
 * @returns     Cosine similarity, -1 (opposite) to 1 (same). A score, not a probability.
 * @throws      Refusal `face.template.shape` when a length is wrong or a number is not finite.
 * @cost        One pass over the template; allocates nothing.
 * @source      Deng et al., ArcFace, CVPR 2019, eq. 3 (angular similarity of unit vectors).
 */
export function compareFaces(model: FaceModel, a: Float32Array, b: Float32Array): number {
  if (a.length !== model.length) throw wrongShape(model, a);
  if (b.length !== model.length) throw wrongShape(model, b);
  let dot = 0;
  for (let i = 0; i < a.length; i += 1) dot += a[i]! * b[i]!;
  if (!Number.isFinite(dot)) throw new Refusal('face.template.shape', { finite: false });
  return Math.max(-1, Math.min(1, dot));
}

const wrongShape = (model: FaceModel, template: Float32Array): Refusal =>
  new Refusal('face.template.shape', { length: template.length, expected: model.length });

/** `compareFaces` for templates that say where they come from. @throws Refusal `face.model.other`, `face.template.shape` */
export function compareTemplates(model: FaceModel, a: FaceTemplate, b: FaceTemplate): number {
  for (const { model: id } of [a, b])
    if (id !== model.id) throw new Refusal('face.model.other', { expected: model.id });
  return compareFaces(model, a.template, b.template);
}

/**
 * @param far One of the model's operating points; a rate that was never measured is a bug of the caller.
 * @returns `accept` from the point's threshold on.
 */
export function decide(model: FaceModel, score: number, far: number): 'accept' | 'refuse' {
  return score >= operatingPoint(model, far).threshold ? 'accept' : 'refuse';
}

export function operatingPoint(model: FaceModel, far: number): OperatingPoint {
  const point = model.points.find((known) => known.far === far);
  if (point === undefined) throw new RangeError(`no operating point was measured at a false accept rate of ${far}`);
  return point;
}

/** The vector at length 1. @throws Refusal `face.template.shape` for one without direction. */
export function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const norm = Math.sqrt(sum);
  if (!(norm > 1e-6 && norm < Number.POSITIVE_INFINITY))
    throw new Refusal('face.template.shape', { norm: String(norm) });
  return vector.map((value) => value / norm);
}

/**
 * One template for several pictures of one person, or for one picture and its mirror image: their mean at length 1.
 * @param templates At least one, of one length, L2 norm 1 each.
 * @throws Refusal `face.template.shape`
 */
export function meanTemplate(templates: readonly Float32Array[]): Float32Array {
  const length = templates[0]?.length ?? 0;
  const sum = new Float32Array(length);
  for (const template of templates) {
    if (template.length !== length)
      throw new Refusal('face.template.shape', { length: template.length, expected: length });
    for (let i = 0; i < length; i += 1) sum[i]! += template[i]!;
  }
  return unit(sum);
}
