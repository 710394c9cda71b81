/** Describes pictures that its parent sends, by the central face, with the functions that the product's children run. */

import { chooseFace, inspectPicture, judge, type Raster } from '@visor/face';
import {
  type Aligned,
  alignFace,
  decodePicture,
  embedCrop,
  findFaces,
  loadNetworks,
  type NetworkFiles,
  type Networks,
  restrictDecoders,
} from '@visor/face/pool';
import { Refusal } from '@visor/record';

export interface Embedded {
  readonly enrolled: Float32Array; // the mean of the crop and its mirror image
  readonly probe: Float32Array; //    the crop alone
  readonly refused: string | undefined; // what the product would say to this picture
}

let networks: Networks | undefined;
restrictDecoders();
process.on('message', async (message: { files: NetworkFiles } | { picture: Uint8Array }) => {
  if ('files' in message) networks = await loadNetworks(message.files);
  process.send!(
    'files' in message ? 'ready' : { embedded: await embed(networks!, message.picture), cpu: process.cpuUsage() },
  );
});

async function embed(nets: Networks, bytes: Uint8Array): Promise<Embedded | undefined> {
  const picture = await decodePicture(inspectPicture(bytes));
  try {
    const aligned = await alignFace(nets, picture, 'central');
    const refused = await refusalOf(nets, picture, aligned);
    return {
      enrolled: await embedCrop(nets, aligned.crop, true),
      probe: await embedCrop(nets, aligned.crop, false),
      refused,
    };
  } catch (error) {
    if (error instanceof Refusal) return undefined; // no face at all
    throw error;
  }
}

async function refusalOf(nets: Networks, picture: Raster, { quality }: Aligned): Promise<string | undefined> {
  try {
    chooseFace(await findFaces(nets, picture), picture);
    judge(quality);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
