import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compareFaces, FACE_MODEL, FIXES } from '@visor/face';
import { type FacePool, openPool } from '@visor/face/pool';
import { captureOf, PEOPLE } from '@visor/people';
import { REFUSALS } from '@visor/record';
import sharp from 'sharp';
import { beside, dice, drawn, encode, jpegOf, waves } from './drawn-pictures.ts';
import { MODELS, NO_MODELS, sha256 } from './models.ts';

let pool: FacePool;
before(async () => {
  if (NO_MODELS === false) {
    pool = await openPool({ modelsFolder: MODELS, cacheFolder: MODELS, children: 2, sha256, say: () => undefined });
  }
});
after(() => pool?.close());

const picture = (person: number, k: number): Promise<Uint8Array> => jpegOf(person, captureOf(PEOPLE[person]!, k));

test('one person is like herself and unlike another', { skip: NO_MODELS }, async () => {
  const enrolled = await pool.describe(await picture(0, 0), { enrol: true });
  const again = await pool.describe(await picture(0, 1));
  const other = await pool.describe(await picture(1, 0));
  const { threshold } = pool.operatingPoint(1e-4);
  assert.equal(enrolled.model, FACE_MODEL.id);
  assert.equal(enrolled.template.length, FACE_MODEL.length);
  assert.ok(compareFaces(FACE_MODEL, enrolled.template, again.template) >= threshold);
  assert.ok(compareFaces(FACE_MODEL, enrolled.template, other.template) < threshold);
  assert.equal(pool.model(), FACE_MODEL);
  assert.equal(pool.model('another@1'), undefined);
});

test('a description says where the face is, how good the picture is, and keeps a picture only when asked', {
  skip: NO_MODELS,
}, async () => {
  const bytes = await picture(2, 0);
  const [face] = await pool.find(bytes);
  const plain = await pool.describe(bytes);
  assert.equal('aligned' in plain, false);
  assert.deepEqual(plain.box, face!.box);
  assert.equal(plain.landmarks.length, 68);
  for (const { x, y } of plain.landmarks) assert.ok(x > 0 && y > 0 && x < 320 && y < 320);
  assert.ok(plain.quality.size_px > 100 && Math.abs(plain.quality.yaw) < 20 && plain.quality.outside < 0.01);
  const { aligned } = await pool.describe(bytes, { keepPicture: true });
  const { format, width, height, exif, icc } = await sharp(aligned).metadata();
  assert.deepEqual(
    { format, width, height, exif, icc },
    { format: 'jpeg', width: 256, height: 256, exif: undefined, icc: undefined },
  );
});

test('the kept picture shows the face that was described', { skip: NO_MODELS }, async () => {
  const described = await pool.describe(await picture(0, 0), { keepPicture: true });
  const wider = await sharp(described.aligned)
    .extend({ top: 60, bottom: 60, left: 60, right: 60, background: '#7f7f7f' })
    .jpeg()
    .toBuffer();
  const again = await pool.describe(wider);
  assert.ok(compareFaces(FACE_MODEL, described.template, again.template) > 0.8);
});

test('a picture taken with the camera on its side is turned before it is looked at', { skip: NO_MODELS }, async () => {
  const upright = drawn(4, captureOf(PEOPLE[4]!, 0));
  const expected = await pool.describe(await encode(upright).png().toBuffer());
  const onItsSide = await encode(upright).rotate(-90).withMetadata({ orientation: 6 }).png().toBuffer();
  const described = await pool.describe(onItsSide);
  assert.ok(compareFaces(FACE_MODEL, expected.template, described.template) > 0.9999);
});

test('JPEG, PNG and WebP of one picture give one face', { skip: NO_MODELS }, async () => {
  const raw = encode(drawn(5, captureOf(PEOPLE[5]!, 0)));
  const files = [
    raw.clone().png(),
    raw.clone().jpeg({ quality: 95 }),
    raw.clone().webp({ quality: 95 }),
    raw.clone().ensureAlpha().png(),
  ];
  const templates = await Promise.all(files.map(async (file) => (await pool.describe(await file.toBuffer())).template));
  for (const template of templates) assert.ok(compareFaces(FACE_MODEL, templates[0]!, template) > 0.99);
});

test('a picture that no decision can rest on is refused, and the refusal says what to do', {
  skip: NO_MODELS,
}, async () => {
  const face = drawn(9, captureOf(PEOPLE[9]!, 0));
  const other = drawn(11, captureOf(PEOPLE[11]!, 0));
  const crop = { left: 0, top: 0, width: 320, height: 200 };
  const grey = { width: 640, height: 640, rgb: new Uint8Array(3 * 640 * 640).fill(127) };
  const tiny = await encode(face).resize(60, 60).png().toBuffer();
  const refusals = [
    { what: 'a landscape', bytes: await encode(waves(640, 480)).jpeg().toBuffer(), code: 'face.none' },
    { what: 'one colour', bytes: await encode(grey).png().toBuffer(), code: 'face.none' },
    { what: 'one pixel', bytes: await encode(waves(1, 1)).png().toBuffer(), code: 'face.none' },
    { what: 'a thin strip', bytes: await encode(waves(4000, 1)).png().toBuffer(), code: 'face.none' },
    { what: 'two people', bytes: await encode(beside(face, other)).jpeg().toBuffer(), code: 'face.several' },
    {
      what: 'a face far away',
      bytes: await sharp(tiny)
        .extend({ top: 30, bottom: 30, left: 40, right: 40, background: '#888' })
        .png()
        .toBuffer(),
      code: 'face.small',
    },
    { what: 'half a face', bytes: await encode(face).extract(crop).jpeg().toBuffer(), code: 'face.edge' },
    { what: 'a blurred face', bytes: await encode(face).blur(6).jpeg().toBuffer(), code: 'face.blurred' },
  ] as const;
  for (const { what, bytes, code } of refusals) {
    await assert.rejects(pool.describe(bytes), { name: 'Refusal', code }, what);
    assert.ok(FIXES[code]!.length > 20, code);
  }
});

test('damage that only a decoder sees is refused as damage', { skip: NO_MODELS }, async () => {
  const png = await encode(drawn(6)).png().toBuffer();
  for (let at = Math.floor(png.length / 3); at < png.length; at += Math.floor(png.length / 5)) {
    const damaged = Buffer.from(png);
    damaged[at]! ^= 0x55;
    await assert.rejects(pool.describe(damaged), { name: 'Refusal', code: 'face.picture.broken' });
  }
});

test('pictures with bytes changed anywhere get a face or a code, and the children outlive them', {
  skip: NO_MODELS,
}, async () => {
  const raw = encode(drawn(8));
  const sources = [
    await raw.clone().jpeg().toBuffer(),
    await raw.clone().jpeg({ progressive: true }).toBuffer(),
    await raw.clone().webp().toBuffer(),
    await raw.clone().png({ palette: true }).toBuffer(),
  ];
  const roll = dice(42);
  const before = pool.pids;
  let [described, refused] = [0, 0];
  for (let round = 0; round < 120; round += 1) {
    const bytes = Buffer.from(sources[round % sources.length]!);
    for (let flips = 1 + roll(6); flips > 0; flips -= 1) bytes[roll(bytes.length)] = roll(256);
    await pool.describe(bytes).then(
      () => {
        described += 1;
      },
      (error: unknown) => {
        assert.ok(error instanceof Error && error.name === 'Refusal', String(error));
        refused += 1;
      },
    );
  }
  assert.ok(described > 5 && refused > 5, `${described} described, ${refused} refused`);
  assert.deepEqual(pool.pids, before);
});

test('every refusal of a picture has a sentence of what to do', () => {
  const named = Object.keys(REFUSALS).filter((code) =>
    /^face\.(picture\.|none|several|small|edge|blurred|timeout)/.test(code),
  );
  assert.ok(named.length >= 10);
  for (const code of named) assert.ok(code in FIXES, code);
});
