import { type Box, overlap } from './geometry.ts';
import type { Raster } from './picture/orientation.ts';

/** What the detector takes: 1 x 3 x 240 x 320, red first (it does not mind), (value - 127) / 128. */
export const DETECTOR = { width: 320, height: 240, anchors: 4420, mean: 127, scale: 128 } as const;

/** A detection counts from this score on; two of one face overlap by more than `same`. */
export const DETECTION = { score: 0.6, same: 0.4, most: 64 } as const;

export interface FoundFace {
  readonly box: Box; //     px of the picture
  readonly score: number; // 0 to 1, above DETECTION.score
}

export interface Letterbox {
  readonly width: number; //  px the picture takes of the detector's 320
  readonly height: number; // px of its 240
  readonly left: number; //   px of padding
  readonly top: number;
}

/** Where a picture lies when it is shrunk or stretched into the detector's input with its sides in proportion, centred. */
export function letterbox(picture: { readonly width: number; readonly height: number }): Letterbox {
  const scale = Math.min(DETECTOR.width / picture.width, DETECTOR.height / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return { width, height, left: (DETECTOR.width - width) >> 1, top: (DETECTOR.height - height) >> 1 };
}

/**
 * @param shrunk The picture at the letterbox's size.
 * @returns 3 x 240 x 320 float32, plane by plane; 0 where the picture is not.
 */
export function detectorInput(shrunk: Raster, place: Letterbox): Float32Array {
  const plane = DETECTOR.width * DETECTOR.height;
  const out = new Float32Array(3 * plane);
  for (let y = 0; y < shrunk.height; y += 1) {
    let from = 3 * y * shrunk.width;
    let to = (y + place.top) * DETECTOR.width + place.left;
    for (let x = 0; x < shrunk.width; x += 1) {
      out[to] = (shrunk.rgb[from]! - DETECTOR.mean) / DETECTOR.scale;
      out[to + plane] = (shrunk.rgb[from + 1]! - DETECTOR.mean) / DETECTOR.scale;
      out[to + 2 * plane] = (shrunk.rgb[from + 2]! - DETECTOR.mean) / DETECTOR.scale;
      from += 3;
      to += 1;
    }
  }
  return out;
}

/**
 * The faces among the detector's answers, best first, one a face.
 *
 * @param scores  2 a box: background, face.
 * @param boxes   4 a box, already decoded: left, top, right, bottom as shares of the detector's input.
 * @param picture px, whose letterbox the input was.
 * @cost  One pass, then quadratic in the boxes over the threshold, of which at most the best 1,000 are looked at.
 */
export function decodeFaces(
  scores: Float32Array,
  boxes: Float32Array,
  picture: { readonly width: number; readonly height: number },
): readonly FoundFace[] {
  const place = letterbox(picture);
  const [sx, sy] = [picture.width / place.width, picture.height / place.height];
  const found: FoundFace[] = [];
  for (let i = 0; i < boxes.length / 4; i += 1) {
    const score = scores[2 * i + 1]!;
    if (!(score > DETECTION.score)) continue;
    const [l, t, r, b] = boxes.subarray(4 * i, 4 * i + 4);
    const x = (l! * DETECTOR.width - place.left) * sx;
    const y = (t! * DETECTOR.height - place.top) * sy;
    const width = (r! - l!) * DETECTOR.width * sx;
    const height = (b! - t!) * DETECTOR.height * sy;
    if (width > 0 && height > 0) found.push({ box: { x, y, width, height }, score });
  }
  return keepBest(found);
}

/**
 * Non-maximum suppression: from the best score down, a box that overlaps a kept one by more than `DETECTION.same` is dropped.
 * Equal scores keep their order.
 */
export function keepBest(found: readonly FoundFace[]): readonly FoundFace[] {
  const kept: FoundFace[] = [];
  for (const face of [...found].sort((a, b) => b.score - a.score).slice(0, 1000)) {
    if (kept.length === DETECTION.most) break;
    if (kept.every((better) => overlap(better.box, face.box) <= DETECTION.same)) kept.push(face);
  }
  return kept;
}
