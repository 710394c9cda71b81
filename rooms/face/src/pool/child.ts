/** The program of a face child: decodes pictures and runs the networks, with as few rights as the kernel lets it have. */
import { CROP_SIDE } from '../align.ts';
import { inspectPicture } from '../picture/inspect-picture.ts';
import type { Raster } from '../picture/orientation.ts';
import { decodePicture, encodeJpeg, restrictDecoders } from './decode-picture.ts';
import { describeFace, embedCrop, findFaces } from './describe-face.ts';
import type { PictureRequest } from './messages.ts';
import { loadNetworks, type Networks } from './networks.ts';
import { serveChild, type Work } from './serve-child.ts';

serveChild(async (files) => {
  restrictDecoders();
  const networks = await loadNetworks(files);
  await warm(networks);
  return (request) => answer(networks, request);
});

async function answer(networks: Networks, request: PictureRequest): ReturnType<Work> {
  const picture = await decodePicture(request);
  if (request.what === 'describe')
    return { kind: 'described', description: await describeFace(networks, picture, request) };
  return { kind: 'found', faces: await findFaces(networks, picture) };
}

/** Runs everything once before the child gives up its rights: what loads late could not be loaded afterwards. */
async function warm(networks: Networks): Promise<void> {
  const grey: Raster = {
    width: CROP_SIDE,
    height: CROP_SIDE,
    rgb: new Uint8Array(3 * CROP_SIDE * CROP_SIDE).fill(127),
  };
  const picture = await decodePicture(inspectPicture(await encodeJpeg(grey)));
  await findFaces(networks, picture);
  await networks.landmarks(new Float32Array(64 * 64));
  for (let i = 0; i < 3; i += 1) await embedCrop(networks, picture, true);
}
