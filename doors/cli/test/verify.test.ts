import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  cardOf,
  forkHouse,
  headOf,
  liveIn,
  makeBundle,
  makeReceipt,
  type SmallHouse,
  smallHouse,
} from '@visor/case/rehearsal';
import { type Context, runCommand } from '@visor/cli';
import { nodeTools } from '@visor/verifier/node';

const LOG = 'visor.invalid/a-site/1';
const folder = mkdtempSync(join(tmpdir(), 'visor-verify-'));
after(() => rmSync(folder, { recursive: true }));

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex'); // RFC 8410, before the 32 bytes of the secret

function houseOf(seed: string): SmallHouse {
  const keyPair = (secret: Uint8Array): Pick<SmallHouse, 'publicKey' | 'sign'> => {
    const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return {
      publicKey: new Uint8Array(spki.subarray(-32)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    };
  };
  return smallHouse({ sha256: nodeTools.sha256, keyPair }, seed);
}

function fileOf(name: string, content: Uint8Array | string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const house = houseOf('verify');
const before = forkHouse(house, 'another history');
const shown = liveIn(house, LOG, 6);
const bundle = makeBundle(house, { origin: LOG, shown, earlier: { [LOG]: [4] } });
const files = {
  bundle: fileOf('bundle.zip', bundle),
  damaged: fileOf('damaged.zip', bundle.with(9000, bundle[9000]! ^ 1)),
  card: fileOf('card.txt', cardOf(house, LOG, [headOf(house, LOG, 4)])),
  otherCard: fileOf('other.txt', cardOf(houseOf('another house'), LOG)),
  head: fileOf('head.note', headOf(house, LOG, 4)),
  receipt: fileOf('receipt.json', makeReceipt(house, shown[0]!)),
  otherReceipt: fileOf('other.json', makeReceipt(before, liveIn(before, LOG, 7)[6]!)),
  nothing: fileOf('nothing.json', '{}'),
  missing: join(folder, 'missing'),
};

/** Runs `visor verify …` as the command line does; the folder is where it keeps what it finds. */
async function run(
  args: readonly string[],
  language: 'en' | 'zh' = 'en',
): Promise<{ exit: number; out: string; err: string }> {
  const heard = { out: '', err: '' };
  const stdout = { write: (text: string) => (heard.out += text) };
  const stderr = { write: (text: string) => (heard.err += text) };
  const context: Context = { process: { stdout, stderr }, env: {}, language, folder, exit: 0 };
  const cwd = process.cwd();
  process.chdir(folder);
  try {
    return { exit: await runCommand(['verify', ...args], context), ...heard };
  } finally {
    process.chdir(cwd);
  }
}

const EXITS: readonly (readonly [what: string, args: readonly string[], exit: number, verdict?: string])[] = [
  ['with the card', [files.bundle, '--trust', files.card], 0, 'UNCHANGED'],
  ['with a head', [files.bundle, '--head', files.head], 0, 'UNCHANGED'],
  ['a receipt with the card', [files.receipt, '--trust', files.card], 0, 'UNCHANGED'],
  ['with another card', [files.bundle, '--trust', files.otherCard], 1, 'CHANGED'],
  ['a damaged bundle', [files.damaged, '--trust', files.card], 1, 'CHANGED'],
  ['without an anchor', [files.bundle], 3, 'CANNOT TELL'],
  ['two that agree', [files.bundle, files.receipt], 0, 'AGREE'],
  ['two, of which one is damaged', [files.receipt, files.damaged], 1, 'CHANGED'],
  ['two histories under a key that nobody vouches for', [files.receipt, files.otherReceipt], 3, 'CANNOT TELL'],
  ['two histories', [files.receipt, files.otherReceipt, '--trust', files.card], 1, 'CONTRADICT'],
  ['no file', [], 2],
  ['three files', [files.bundle, files.bundle, files.bundle], 2],
  ['a file that is none of the kinds', [files.nothing], 3],
  ['a file that is not there', [files.missing], 3],
  ['a card that is none', [files.bundle, '--trust', files.nothing], 3],
  ['a head that is none', [files.bundle, '--head', files.nothing], 3],
];

test('the exit code says what was found', async () => {
  for (const [what, args, exit, verdict] of EXITS) {
    const found = await run([...args, '--json']);
    assert.equal(found.exit, exit, `${what}: ${found.err}`);
    if (verdict !== undefined) assert.equal(JSON.parse(found.out).verdict, verdict, what);
  }
});

test('the document has the verdict, since when, and each check with its result and a sentence', async () => {
  const unchanged = JSON.parse((await run([files.bundle, '--trust', files.card, '--json'])).out);
  assert.deepEqual(Object.keys(unchanged), ['verdict', 'since', 'checks']);
  assert.equal(unchanged.since, '2026-06-01T08:00:06.000Z');
  assert.ok(unchanged.checks.length > 8);
  for (const check of unchanged.checks) {
    assert.deepEqual(Object.keys(check), ['name', 'result', 'says']);
    assert.ok(['proved', 'failed', 'cannot be checked'].includes(check.result));
  }
  const changed = JSON.parse((await run([files.damaged, '--trust', files.card, '--json'])).out);
  assert.match(changed.where, /^entries\.json, byte 9000, entry \d of visor\.invalid\/a-site\/1/);
});

test('the words can be followed in English and in Chinese, and do not overclaim', async () => {
  const english = (await run([files.bundle, '--trust', files.card])).out;
  assert.match(english, /^UNCHANGED since 2026-06-01T08:00:06\.000Z\n {2}\+ The file is the one container/);
  assert.match(english, /It does not say that what they record is true\.\n$/);
  const chinese = (await run([files.bundle, '--trust', files.card], 'zh')).out;
  assert.match(chinese, /^未改动 UNCHANGED 自 2026-06-01T08:00:06\.000Z 起\n/);
  assert.match(chinese, /并不说明记录的内容属实。\n$/);
  assert.match((await run([files.damaged])).out, /^CHANGED\nwhere: entries\.json, byte 9000/);
  assert.match((await run([files.damaged], 'zh')).out, /^已改动 CHANGED\n位置：entries\.json，第 9000 字节/);
  const open = (await run([files.bundle])).out;
  assert.match(open, /^CANNOT TELL\n/);
  assert.match(open, /\? Consistent with itself; who signed it is unknown to you/);
  assert.match(open, /give your own copy of the anchor card/);
});

test('a proof of two histories is kept in a file, which proves it again to whoever holds the card', async () => {
  const found = await run([files.receipt, files.otherReceipt, '--trust', files.card]);
  assert.equal(found.exit, 1);
  assert.match(found.out, /is in fraud-proof\.json/);
  const kept = join(folder, 'fraud-proof.json');
  assert.equal(JSON.parse(readFileSync(kept, 'utf8')).visor, 'fraud/1');
  assert.equal((await run([kept, '--trust', files.card])).exit, 1);
  assert.equal((await run([kept])).exit, 3);
  assert.equal((await run([kept, '--trust', files.otherCard])).exit, 3);
});
