import { CROP_POINTS, type Crop, fitSimilarity, type Similarity, warp } from '../align.ts';
import { type Choice, chooseFace } from '../choose-face.ts';
import { meanTemplate, unit } from '../compare.ts';
import { decodeFaces, detectorInput, type FoundFace, letterbox } from '../detect.ts';
import { embeddingInput, mirrored } from '../embed.ts';
import type { Box, Point } from '../geometry.ts';
import { decodeLandmarks, fivePoints, landmarkInput, landmarkSquare, yawOf } from '../landmarks.ts';
import type { Raster } from '../picture/orientation.ts';
import { judge, type Quality, sharpnessOf } from '../quality.ts';
import { encodeJpeg, resizeRaster } from './decode-picture.ts';
import type { Networks } from './networks.ts';

export interface DescribeOptions {
  readonly enrol?: boolean; //       the mean of the crop and its mirror image: better, and 4 ms more
  readonly keepPicture?: boolean; // the aligned crop too, as a JPEG
}

export interface FaceDescription {
  readonly template: Float32Array;
  readonly box: Box; //                   px of the upright picture, at most 800 a side
  readonly landmarks: readonly Point[]; // 68, px of the same
  readonly quality: Quality;
  readonly aligned?: Uint8Array; //       JPEG, ALIGNED_SIDE px a side, no metadata
}

const ALIGNED_SIDE = 256;

export async function findFaces(networks: Networks, picture: Raster): Promise<readonly FoundFace[]> {
  const place = letterbox(picture);
  const { scores, boxes } = await networks.detect(detectorInput(await resizeRaster(picture, place), place));
  return decodeFaces(scores, boxes, picture);
}

export interface Aligned {
  readonly face: FoundFace;
  readonly landmarks: readonly Point[];
  readonly toCrop: Similarity;
  readonly crop: Crop;
  readonly quality: Quality;
}

/** The chosen face, brought upright to 112 x 112 and measured, but not judged. @throws Refusal `face.none`, `face.several` */
export async function alignFace(networks: Networks, picture: Raster, choice: Choice = 'only'): Promise<Aligned> {
  const face = chooseFace(await findFaces(networks, picture), picture, choice);
  const square = landmarkSquare(face.box);
  const landmarks = decodeLandmarks(await networks.landmarks(landmarkInput(picture, square)), square);
  const five = fivePoints(landmarks);
  const toCrop = fitSimilarity(five, CROP_POINTS) ?? { a: 1, b: 0, tx: 0, ty: 0 };
  const crop = warp(picture, toCrop);
  const { score, box } = face;
  const quality = { size_px: box.height, sharpness: sharpnessOf(crop), score, yaw: yawOf(five), outside: crop.outside };
  return { face, landmarks, toCrop, crop, quality };
}

/** @returns length 1 */
export async function embedCrop(networks: Networks, crop: Raster, enrol: boolean): Promise<Float32Array> {
  const input = embeddingInput(crop);
  const template = unit(await networks.embed(input));
  return enrol ? meanTemplate([template, unit(await networks.embed(mirrored(input)))]) : template;
}

/**
 * The one face of a picture as numbers.
 * @throws Refusal `face.none`, `face.several`, `face.small`, `face.edge`, `face.blurred`
 */
export async function describeFace(
  networks: Networks,
  picture: Raster,
  options: DescribeOptions,
): Promise<FaceDescription> {
  const { face, landmarks, toCrop, crop, quality } = await alignFace(networks, picture);
  judge(quality);
  const template = await embedCrop(networks, crop, options.enrol ?? false);
  const described = { template, box: face.box, landmarks, quality };
  if (options.keepPicture !== true) return described;
  return { ...described, aligned: await encodeJpeg(warp(picture, toCrop, ALIGNED_SIDE)) };
}
