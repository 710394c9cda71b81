import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectPicture, PICTURE_LIMITS } from '@visor/face';
import { concat, u16, u32, utf8 } from '@visor/record';
import { filesOfEveryKind } from './drawn-pictures.ts';
import { fittedExponent, leastCpu } from './growth.ts';

const FILES = await filesOfEveryKind();
const crc = (): Uint8Array => u32(0); // the walk leaves sums to the decoder
const chunk = (type: string, body: Uint8Array): Uint8Array => concat([u32(body.length), utf8(type), body, crc()]);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const header = (width: number, height: number, rest = [8, 2, 0, 0, 0]): Uint8Array =>
  chunk('IHDR', concat([u32(width), u32(height), Uint8Array.from(rest)]));
const png = (...chunks: readonly Uint8Array[]): Uint8Array => concat([PNG, ...chunks]);
const [IDAT, IEND] = [chunk('IDAT', new Uint8Array(9)), chunk('IEND', new Uint8Array(0))];
const segment = (marker: number, body: Uint8Array): Uint8Array =>
  concat([Uint8Array.of(0xff, marker), u16(body.length + 2), body]);
const SOI = Uint8Array.of(0xff, 0xd8);
const EOI = Uint8Array.of(0xff, 0xd9);
const frame = (width: number, height: number, { marker = 0xc0, components = 3, precision = 8 } = {}): Uint8Array =>
  segment(
    marker,
    concat([
      Uint8Array.of(precision),
      u16(height),
      u16(width),
      Uint8Array.of(components),
      new Uint8Array(3 * components),
    ]),
  );
const SCAN = concat([segment(0xda, new Uint8Array(6)), Uint8Array.of(1, 2, 0xff, 0, 3, 0xff, 0xd0, 4)]);
const jpeg = (...parts: readonly Uint8Array[]): Uint8Array => concat([SOI, ...parts, EOI]);
const riff = (...chunks: readonly Uint8Array[]): Uint8Array => {
  const body = concat(chunks);
  const head = new Uint8Array(12);
  head.set(utf8('RIFF'));
  new DataView(head.buffer).setUint32(4, 4 + body.length, true);
  head.set(utf8('WEBP'), 8);
  return concat([head, body]);
};
const webpChunk = (type: string, body: Uint8Array): Uint8Array => {
  const head = new Uint8Array(8);
  head.set(utf8(type));
  new DataView(head.buffer).setUint32(4, body.length, true);
  return concat([head, body, new Uint8Array(body.length & 1)]);
};
const lossless = (width: number, height: number): Uint8Array => {
  const bits = (width - 1) | ((height - 1) << 14);
  return webpChunk('VP8L', Uint8Array.of(0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24, 0));
};
const zipEnd = Uint8Array.from([0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)]);
const cut = (bytes: Uint8Array, share: number): Uint8Array => bytes.subarray(0, Math.floor(bytes.length * share));

const REFUSED: readonly { what: string; bytes: Uint8Array; code: string }[] = [
  { what: 'nothing', bytes: new Uint8Array(0), code: 'face.picture.format' },
  { what: 'text', bytes: utf8('this is a letter and no picture at all'), code: 'face.picture.format' },
  {
    what: 'an SVG',
    bytes: utf8('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    code: 'face.picture.format',
  },
  { what: 'a GIF', bytes: concat([utf8('GIF89a'), new Uint8Array(60)]), code: 'face.picture.format' },
  {
    what: 'a GIF before a JPEG',
    bytes: concat([utf8('GIF89a'), new Uint8Array(60), FILES.jpeg!]),
    code: 'face.picture.format',
  },
  { what: 'a PDF before a JPEG', bytes: concat([utf8('%PDF-1.7\n'), FILES.jpeg!]), code: 'face.picture.format' },
  {
    what: 'a TIFF',
    bytes: concat([utf8('II'), Uint8Array.of(42, 0), new Uint8Array(60)]),
    code: 'face.picture.format',
  },
  { what: 'a JPEG with a ZIP behind', bytes: concat([FILES.jpeg!, zipEnd]), code: 'face.picture.extra' },
  { what: 'a PNG with a ZIP behind', bytes: concat([FILES.png!, zipEnd]), code: 'face.picture.extra' },
  { what: 'a WebP with a ZIP behind', bytes: concat([FILES.webp!, zipEnd]), code: 'face.picture.extra' },
  { what: 'a JPEG with a second one behind', bytes: concat([FILES.jpeg!, FILES.jpeg!]), code: 'face.picture.extra' },
  { what: 'a JPEG with one byte behind', bytes: concat([FILES.jpeg!, new Uint8Array(1)]), code: 'face.picture.extra' },
  {
    what: 'a JPEG that is a PDF by a comment',
    bytes: jpeg(segment(0xfe, utf8('%PDF-1.4 1 0 obj')), frame(8, 8), SCAN),
    code: 'face.picture.extra',
  },
  {
    what: 'a JPEG that is a ZIP by a comment as long as the rest',
    bytes: jpeg(frame(8, 8), SCAN, segment(0xfe, concat([zipEnd.subarray(0, 20), Uint8Array.of(2, 0)]))),
    code: 'face.picture.extra',
  },
  {
    what: 'a PNG that is a PDF by a text',
    bytes: png(header(8, 8), chunk('tEXt', utf8('%PDF-1.4')), IDAT, IEND),
    code: 'face.picture.extra',
  },
  {
    what: 'an animated WebP',
    bytes: riff(webpChunk('ANIM', new Uint8Array(6)), lossless(8, 8)),
    code: 'face.picture.format',
  },
  { what: 'a JPEG in arithmetic code', bytes: jpeg(frame(8, 8, { marker: 0xc9 }), SCAN), code: 'face.picture.format' },
  { what: 'a JPEG without losses', bytes: jpeg(frame(8, 8, { marker: 0xc3 }), SCAN), code: 'face.picture.format' },
  {
    what: 'a JPEG of 12 bits',
    bytes: jpeg(frame(8, 8, { marker: 0xc1, precision: 12 }), SCAN),
    code: 'face.picture.format',
  },
  { what: 'more bytes than are taken', bytes: new Uint8Array(PICTURE_LIMITS.bytes + 1), code: 'face.picture.size' },
  { what: 'a JPEG of 20,000 px', bytes: jpeg(frame(20_000, 100), SCAN), code: 'face.picture.size' },
  { what: 'a PNG of 20,000 px', bytes: png(header(100, 20_000), IDAT, IEND), code: 'face.picture.size' },
  { what: 'a PNG bomb', bytes: png(header(2 ** 31 - 1, 2 ** 31 - 1), IDAT, IEND), code: 'face.picture.size' },
  { what: 'a PNG of too many pixels', bytes: png(header(7000, 7000), IDAT, IEND), code: 'face.picture.size' },
  {
    what: 'a PNG of eight bytes a pixel',
    bytes: png(header(4500, 4500, [16, 6, 0, 0, 0]), IDAT, IEND),
    code: 'face.picture.size',
  },
  {
    what: 'an interlaced PNG of too many pixels',
    bytes: png(header(4000, 4000, [8, 2, 0, 0, 1]), IDAT, IEND),
    code: 'face.picture.size',
  },
  {
    what: 'a progressive JPEG of too many pixels',
    bytes: jpeg(frame(5000, 4000, { marker: 0xc2 }), SCAN),
    code: 'face.picture.size',
  },
  {
    what: 'a JPEG of 17 scans',
    bytes: jpeg(frame(64, 64, { marker: 0xc2 }), ...new Array<Uint8Array>(17).fill(SCAN)),
    code: 'face.picture.size',
  },
  { what: 'a WebP of 16,000 px', bytes: riff(lossless(16_000, 16_000)), code: 'face.picture.size' },
  ...Object.entries(FILES).flatMap(([kind, bytes]) =>
    [0.4, 0.9].map((share) => ({
      what: `${kind}, ${share} of it`,
      bytes: cut(bytes, share),
      code: 'face.picture.broken',
    })),
  ),
  { what: 'a JPEG without a frame', bytes: jpeg(SCAN), code: 'face.picture.broken' },
  { what: 'a JPEG without a scan', bytes: jpeg(frame(8, 8)), code: 'face.picture.broken' },
  { what: 'a JPEG of two frames', bytes: jpeg(frame(8, 8), frame(9, 9), SCAN), code: 'face.picture.broken' },
  { what: 'a JPEG of no height', bytes: jpeg(frame(8, 0), SCAN), code: 'face.picture.broken' },
  { what: 'a JPEG of two colours', bytes: jpeg(frame(8, 8, { components: 2 }), SCAN), code: 'face.picture.broken' },
  { what: 'a JPEG in a JPEG', bytes: jpeg(frame(8, 8), SOI, SCAN), code: 'face.picture.broken' },
  { what: 'a PNG of no width', bytes: png(header(0, 8), IDAT, IEND), code: 'face.picture.broken' },
  { what: 'a PNG without data', bytes: png(header(8, 8), IEND), code: 'face.picture.broken' },
  { what: 'a PNG of two headers', bytes: png(header(8, 8), header(9, 9), IDAT, IEND), code: 'face.picture.broken' },
  {
    what: 'a PNG without a header',
    bytes: png(chunk('tEXt', utf8('no header here')), IDAT, IEND),
    code: 'face.picture.broken',
  },
  {
    what: 'a PNG with data in two places',
    bytes: png(header(8, 8), IDAT, chunk('tEXt', utf8('x')), IDAT, IEND),
    code: 'face.picture.broken',
  },
  {
    what: 'a PNG of a depth that is none',
    bytes: png(header(8, 8, [3, 2, 0, 0, 0]), IDAT, IEND),
    code: 'face.picture.broken',
  },
  {
    what: 'a PNG with an unknown critical chunk',
    bytes: png(header(8, 8), chunk('CgBI', new Uint8Array(4)), IDAT, IEND),
    code: 'face.picture.broken',
  },
  {
    what: 'a PNG of empty chunks without end',
    bytes: png(header(8, 8), ...new Array<Uint8Array>(10_001).fill(chunk('IDAT', new Uint8Array(0))), IEND),
    code: 'face.picture.broken',
  },
  { what: 'a WebP of two pictures', bytes: riff(lossless(8, 8), lossless(8, 8)), code: 'face.picture.broken' },
  { what: 'a WebP of no picture', bytes: riff(webpChunk('XMP ', utf8('nothing'))), code: 'face.picture.broken' },
  {
    what: 'a WebP that says two sizes',
    bytes: riff(webpChunk('VP8X', new Uint8Array(10)), lossless(8, 8)),
    code: 'face.picture.broken',
  },
];

for (const { what, bytes, code } of REFUSED) {
  test(`a picture is refused for its header: ${what}`, () => {
    assert.throws(() => inspectPicture(bytes), { name: 'Refusal', code });
  });
}

test('the pieces that the refusals are made of are pictures when nothing is wrong', () => {
  for (const bytes of [
    jpeg(frame(8, 8), SCAN),
    jpeg(segment(0xfe, utf8('hello')), frame(8, 8), SCAN),
    png(header(8, 8), IDAT, IEND),
    riff(lossless(8, 8)),
  ]) {
    assert.equal(inspectPicture(bytes).width, 8);
  }
  assert.equal(inspectPicture(riff(lossless(5000, 2400))).height, 2400);
});

test('the time to look at a picture grows with its bytes and not faster', () => {
  const many = (count: number, part: Uint8Array): Uint8Array => concat(new Array<Uint8Array>(count).fill(part));
  const growing: Record<string, (size: number) => Uint8Array> = {
    'comments of nothing': (size) => jpeg(many(size, segment(0xfe, new Uint8Array(0))), frame(8, 8), SCAN),
    'stuffed bytes': (size) =>
      jpeg(frame(8, 8), segment(0xda, new Uint8Array(6)), many(12 * size, Uint8Array.of(0xff, 0))),
    'fill bytes': (size) => jpeg(frame(8, 8), SCAN, new Uint8Array(16 * size).fill(0xff)),
    'text chunks': (size) => png(header(8, 8), IDAT, many(size, chunk('tEXt', new Uint8Array(0))), IEND),
  };
  for (const [what, make] of Object.entries(growing)) {
    for (let warm = 0; warm < 40; warm += 1) inspectPicture(make(500));
    const points = [600, 2400, 9600].map((size) => {
      const bytes = make(size);
      const times = (30 * 9600) / size; // as much work at every size
      return { size, time: leastCpu(() => Array.from({ length: times }, () => inspectPicture(bytes)), 3) / times };
    });
    assert.ok(fittedExponent(points) <= 1.3, `${what}: ${points.map(({ time }) => time).join(', ')} microseconds`);
  }
});
