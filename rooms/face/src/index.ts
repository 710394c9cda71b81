/** Finds, aligns and compares faces, given numbers and pictures' bytes. No powers: networks and decoders stand in `./pool`. */
export { CROP_POINTS, CROP_SIDE, type Crop, fitSimilarity, invert, type Similarity, warp } from './align.ts';
export { type Choice, COMPARABLE_AREA, chooseFace } from './choose-face.ts';
export {
  compareFaces,
  compareTemplates,
  decide,
  type FaceModel,
  type FaceTemplate,
  meanTemplate,
  type OperatingPoint,
  operatingPoint,
  unit,
} from './compare.ts';
export {
  DETECTION,
  DETECTOR,
  decodeFaces,
  detectorInput,
  type FoundFace,
  keepBest,
  type Letterbox,
  letterbox,
} from './detect.ts';
export { embeddingInput, mirrored } from './embed.ts';
export { FIXES } from './fixes.ts';
export { area, type Box, overlap, type Point } from './geometry.ts';
export {
  decodeLandmarks,
  type FivePoints,
  fivePoints,
  LANDMARKS,
  landmarkInput,
  landmarkSquare,
  yawOf,
} from './landmarks.ts';
export { FACE_MODEL, type FaceManifest, MANIFEST, type ModelFile } from './manifest.ts';
export { dropDeadChannels } from './onnx/drop-dead-channels.ts';
export { rewriteModel } from './onnx/rewrite-model.ts';
export { rewritePrelu } from './onnx/rewrite-prelu.ts';
export { inspectPicture } from './picture/inspect-picture.ts';
export { PICTURE_LIMITS, type Picture, type PictureFormat } from './picture/limits.ts';
export { orientationOf, type Raster, turnUpright } from './picture/orientation.ts';
export { judge, QUALITY_LIMITS, type Quality, sharpnessOf } from './quality.ts';
