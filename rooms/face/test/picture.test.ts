import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectPicture, orientationOf, type Raster, turnUpright } from '@visor/face';
import { concat, Refusal, u16, u32, utf8 } from '@visor/record';
import sharp from 'sharp';
import { dice, encode, filesOfEveryKind, waves } from './drawn-pictures.ts';

const picture = encode(waves(70, 50));
const FILES = await filesOfEveryKind();

const pixelsOf = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).raw().toBuffer();

test('a picture of every kind is read, and what is handed on decodes to the same pixels', async () => {
  for (const [kind, bytes] of Object.entries(FILES)) {
    const { width, height, orientation, pixels, format } = inspectPicture(bytes);
    assert.deepEqual({ width, height, orientation }, { width: 70, height: 50, orientation: 1 }, kind);
    assert.equal(format, (await sharp(bytes).metadata()).format);
    assert.ok((await pixelsOf(pixels)).equals(await pixelsOf(bytes)), kind);
  }
});

test('what is handed on holds no place, time, profile, text or thumbnail', async () => {
  const told = {
    IFD0: { Copyright: 'canary-of-a-person', Software: 'canary-of-a-person' },
    IFD3: { GPSLatitude: '51/1 30/1 0/1' },
  };
  const withMetadata = picture.clone().withExif(told).withIccProfile('p3').withXmp('<x>canary-of-a-person</x>');
  for (const file of [withMetadata.clone().jpeg(), withMetadata.clone().png(), withMetadata.clone().webp()]) {
    const bytes = await file.toBuffer();
    assert.ok(bytes.includes('canary-of-a-person'), 'the canary is planted');
    const { pixels } = inspectPicture(bytes);
    assert.equal(Buffer.from(pixels).includes('canary'), false);
    const { exif, icc, xmp, iptc } = await sharp(pixels).metadata();
    assert.deepEqual({ exif, icc, xmp, iptc }, { exif: undefined, icc: undefined, xmp: undefined, iptc: undefined });
    assert.ok(pixels.length < bytes.length);
  }
});

test('every orientation that a camera writes is read in every format, and turned as sharp turns it', async () => {
  const raw = waves(31, 22);
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    for (const file of [encode(raw).png(), encode(raw).webp({ lossless: true }), encode(raw).jpeg()]) {
      const bytes = await file.withMetadata({ orientation }).toBuffer();
      const inspected = inspectPicture(bytes);
      assert.equal(inspected.orientation, orientation, inspected.format);
      const stored = await pixelsOf(inspected.pixels);
      const upright = turnUpright({ width: 31, height: 22, rgb: stored }, orientation);
      const expected = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([upright.width, upright.height], [expected.info.width, expected.info.height]);
      assert.ok(expected.data.equals(upright.rgb), `${inspected.format} ${orientation}`);
    }
  }
});

test('turning a raster moves every pixel to one other place', () => {
  const raster: Raster = { width: 3, height: 2, rgb: Uint8Array.from({ length: 18 }, (_, i) => i) };
  for (let orientation = 1; orientation <= 8; orientation += 1) {
    const { rgb } = turnUpright(raster, orientation);
    assert.deepEqual(
      [...rgb].sort((a, b) => a - b),
      [...raster.rgb],
    );
  }
});

test('a block that is no orientation says 1', () => {
  const tiff = (parts: readonly Uint8Array[]): Uint8Array => concat([utf8('MM'), u16(42), u32(8), ...parts]);
  const entry = (tag: number, type: number, value: number): Uint8Array =>
    concat([u16(tag), u16(type), u32(1), u16(value), u16(0)]);
  assert.equal(orientationOf(tiff([u16(1), entry(0x112, 3, 6)])), 6);
  assert.equal(orientationOf(tiff([u16(2), entry(0x100, 3, 9), entry(0x112, 3, 3)])), 3);
  for (const [what, block] of [
    ['nothing', new Uint8Array(0)],
    ['noise', new Uint8Array(40).fill(77)],
    ['a value that is none', tiff([u16(1), entry(0x112, 3, 9)])],
    ['0', tiff([u16(1), entry(0x112, 3, 0)])],
    ['another type', tiff([u16(1), entry(0x112, 4, 6)])],
    ['more entries than there are', tiff([u16(65535), entry(0x100, 3, 6)])],
    ['a directory past the end', concat([utf8('MM'), u16(42), u32(4_000_000_000), u16(1), entry(0x112, 3, 6)])],
  ] as const) {
    assert.equal(orientationOf(block), 1, what);
  }
});

test('a picture with a few bytes changed is read or refused, and never anything else', () => {
  const roll = dice(20250601);
  let [read, refused] = [0, 0];
  for (let round = 0; round < 4000; round += 1) {
    const source = Object.values(FILES)[roll(Object.values(FILES).length)]!;
    const bytes = Uint8Array.from(source);
    for (let flips = 1 + roll(4); flips > 0; flips -= 1) bytes[roll(Math.min(bytes.length, 300))] = roll(256);
    try {
      inspectPicture(roll(8) === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes);
      read += 1;
    } catch (error) {
      if (!(error instanceof Refusal) || !error.code.startsWith('face.picture.')) throw error;
      refused += 1;
    }
  }
  assert.ok(read > 500 && refused > 500, `${read} read, ${refused} refused`);
});
