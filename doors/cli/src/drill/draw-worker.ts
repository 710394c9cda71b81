import { parentPort } from 'node:worker_threads';
import { captureOf, drawFrame, drawHead, PEOPLE } from '@visor/people';
import sharp from 'sharp';

/** Draws one person so many times; a frame is some 70 ms of arithmetic, so it has a thread of its own. */
parentPort?.on('message', async ({ index, times }: { index: number; times: number }) => {
  const person = PEOPLE[index]!;
  const head = drawHead(person);
  const pictures: Uint8Array[] = [];
  for (let k = 0; k < times; k += 1) {
    const { width, height, rgb } = drawFrame(head, captureOf(person, k));
    pictures.push(
      await sharp(rgb, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 88 })
        .toBuffer(),
    );
  }
  parentPort?.postMessage({ index, id: person.id, pictures });
});
