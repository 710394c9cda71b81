import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, QUALITY_LIMITS, type Quality, type Raster, sharpnessOf } from '@visor/face';

const good: Quality = { size_px: 150, sharpness: 0.8, score: 0.99, yaw: 2, outside: 0 };

test('a face is refused for the first thing that is wrong with it', () => {
  judge(good);
  judge({ ...good, ...QUALITY_LIMITS });
  const refusals = [
    { what: 'too small', quality: { ...good, size_px: QUALITY_LIMITS.size_px - 0.1 }, code: 'face.small' },
    { what: 'cut off', quality: { ...good, outside: QUALITY_LIMITS.outside + 0.01 }, code: 'face.edge' },
    { what: 'blurred', quality: { ...good, sharpness: QUALITY_LIMITS.sharpness - 0.01 }, code: 'face.blurred' },
    { what: 'small and blurred', quality: { ...good, size_px: 10, sharpness: 0 }, code: 'face.small' },
  ];
  for (const { what, quality, code } of refusals) assert.throws(() => judge(quality), { name: 'Refusal', code }, what);
});

function dots(light: number, contrast: number): Raster {
  let state = 3;
  const rgb = new Uint8Array(3 * 112 * 112);
  for (let i = 0; i < 112 * 112; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    rgb.fill(light + contrast * ((state >> 16) & 15), 3 * i, 3 * i + 3);
  }
  return { width: 112, height: 112, rgb };
}

// By definition of a mean over 3 x 3.
function smoothed({ width, height, rgb }: Raster): Raster {
  const out = Uint8Array.from(rgb, (_, i) => {
    const [p, c] = [Math.floor(i / 3), i % 3];
    const [x, y] = [p % width, Math.floor(p / width)];
    let sum = 0;
    for (let k = 0; k < 9; k += 1) {
      const [nx, ny] = [
        Math.min(width - 1, Math.max(0, x + (k % 3) - 1)),
        Math.min(height - 1, Math.max(0, y + Math.floor(k / 3) - 1)),
      ];
      sum += rgb[3 * (ny * width + nx) + c]!;
    }
    return Math.round(sum / 9);
  });
  return { width, height, rgb: out };
}

test('every smoothing makes a crop less sharp, and a flat one has no sharpness', () => {
  let crop = dots(20, 12);
  for (let times = 0; times < 5; times += 1) {
    const softer = smoothed(crop);
    assert.ok(sharpnessOf(softer) < sharpnessOf(crop), `after ${times}`);
    crop = softer;
  }
  assert.equal(sharpnessOf({ width: 112, height: 112, rgb: new Uint8Array(3 * 112 * 112).fill(90) }), 0);
});

test('sharpness is the same in the dark, in the light and at less contrast', () => {
  const sharp = sharpnessOf(dots(0, 8));
  assert.ok(Math.abs(sharpnessOf(dots(100, 8)) - sharp) < 1e-9);
  assert.ok(Math.abs(sharpnessOf(dots(0, 4)) - sharp) < 1e-9);
});
