/** A child in the hands of whoever made a picture: what is asked of it says what it does wrong. */
import { serveChild } from '@visor/face/pool';

const held: Buffer[] = [];

serveChild(async () => async ({ what, enrol, keepPicture }) => {
  if (what === 'find') for (;;) held.length = 0; // it never answers
  for (; enrol; await new Promise(setImmediate)) held.push(Buffer.alloc(16 * 1024 * 1024, 1));
  if (!keepPicture) process.exit(3);
  const template = new Float32Array(512).fill(3); // not of length 1
  const box = { x: 0, y: 0, width: 1, height: 1 };
  return {
    kind: 'described',
    description: { template, box, landmarks: [], quality: { size_px: 1, sharpness: 1, score: 1, yaw: 0, outside: 0 } },
  };
});
