import { Refusal } from '@visor/record';
import type { FoundFace } from './detect.ts';
import { area } from './geometry.ts';

/** A second face counts from this share of the first one's area on: about 70 % of its height. */
export const COMPARABLE_AREA = 0.5;

/**
 * `only`: the one face a picture of a person shows; bystanders far behind do not count, a second comparable one refuses the picture.
 * `central`: the face nearest to the middle, whatever else is there; for measuring with sets whose protocol says so.
 */
export type Choice = 'only' | 'central';

/** @throws Refusal `face.none` or `face.several` */
export function chooseFace(
  faces: readonly FoundFace[],
  picture: { readonly width: number; readonly height: number },
  choice: Choice = 'only',
): FoundFace {
  const order = choice === 'only' ? bySize : byDistance(picture);
  const [first, ...others] = [...faces].sort(order);
  if (first === undefined) throw new Refusal('face.none', { width: picture.width, height: picture.height });
  const comparable = others.filter((face) => area(face.box) >= COMPARABLE_AREA * area(first.box)).length;
  if (choice === 'only' && comparable > 0) throw new Refusal('face.several', { faces: 1 + comparable });
  return first;
}

const bySize = (a: FoundFace, b: FoundFace): number => area(b.box) - area(a.box);

function byDistance(picture: { readonly width: number; readonly height: number }) {
  const away = ({ box }: FoundFace): number =>
    Math.hypot(box.x + box.width / 2 - picture.width / 2, box.y + box.height / 2 - picture.height / 2);
  return (a: FoundFace, b: FoundFace): number => away(a) - away(b);
}
