/** Face children: strangers' pictures in, numbers or a refusal out. Files, processes and waiting; no clock, no network, no digest of its own. */

export { decodePicture, restrictDecoders } from './decode-picture.ts';
export type { DescribeOptions, FaceDescription } from './describe-face.ts';
export { type Aligned, alignFace, describeFace, embedCrop, findFaces } from './describe-face.ts';
export { type Described, FacePool, openPool, type PoolOptions } from './face-pool.ts';
export { POOL_LIMITS, type PoolLimits } from './limits.ts';
export { type ModelFolders, readModels } from './model-files.ts';
export { loadNetwork, loadNetworks, type NetworkFiles, type Networks } from './networks.ts';
export { serveChild, type Work } from './serve-child.ts';
