import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkpointBody,
  fingerprintOf,
  keyIdOf,
  openCheckpoint,
  parseAnchorCard,
  signedNote,
  writeAnchorCard,
} from '@visor/ledger';
import { base64, hex, text, utf8 } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { logKey, seeded, sha256, verifyEd25519 } from './tools.ts';

const KEY = logKey(seeded(1)(32));
const PREFIX = 'visor.invalid/';
function head(origin: string, size: number): string {
  const body = checkpointBody({ origin, size, root: sha256(utf8(origin)) });
  return signedNote(body, {
    name: origin,
    keyId: keyIdOf(sha256, origin, KEY.publicKey),
    signature: KEY.sign(utf8(body)),
  });
}
const CARD = {
  publicKey: KEY.publicKey,
  prefix: PREFIX,
  heads: [head('visor.invalid/a/1', 3), head('visor.invalid/b/1', 70_000)],
};
const TEXT = writeAnchorCard(sha256, CARD);

test('a card reads back as it was written, with no heads, one or many', () => {
  for (const heads of [[], CARD.heads.slice(1), CARD.heads]) {
    assert.deepEqual(parseAnchorCard(sha256, writeAnchorCard(sha256, { ...CARD, heads })), { ...CARD, heads });
  }
});

test('the heads of a card open under the key of the card', () => {
  const { publicKey, heads } = parseAnchorCard(sha256, TEXT);
  const sizes = heads.map((note) => openCheckpoint({ sha256, verify: verifyEd25519 }, note, publicKey).size);
  assert.deepEqual(sizes, [3, 70_000]);
});

test('the fingerprint is the digest of the key in groups of four', () => {
  assert.equal(fingerprintOf(sha256, KEY.publicKey).replaceAll(' ', ''), hex(sha256(KEY.publicKey)));
  assert.ok(TEXT.includes(`\nfingerprint ${fingerprintOf(sha256, KEY.publicKey)}\n`));
});

const OTHER = logKey(seeded(2)(32)).publicKey;
const REFUSED: readonly [string, string][] = [
  ['nothing', ''],
  ['another first line', TEXT.replace('card 1', 'card 2')],
  ['another key under the same fingerprint', TEXT.replace(base64(KEY.publicKey), base64(OTHER))],
  ['a key of another kind', TEXT.replace('ed25519:', 'rsa:')],
  ['a key of 31 bytes', TEXT.replace(base64(KEY.publicKey), base64(KEY.publicKey.slice(1)))],
  ['a prefix with a space', TEXT.replace(`origins ${PREFIX}`, 'origins a b')],
  ['fewer heads than it says', TEXT.replace('heads 2', 'heads 3')],
  ['more heads than it says', TEXT.replace('heads 2', 'heads 1')],
  ['more heads than any card', TEXT.replace('heads 2', 'heads 16385')],
  ['a count with a leading zero', TEXT.replace('heads 2', 'heads 02')],
  ['a head without its end', TEXT.replace('end 2\n', '')],
  ['a head that is no note', TEXT.replace('visor.invalid/a/1\n3', 'visor.invalid/a/1\nthree')],
  ['a line more', `${TEXT}more\n`],
  ['other line ends', TEXT.replaceAll('\n', '\r\n')],
  ['a mark of byte order', `\ufeff${TEXT}`],
  ['more than eight million characters', TEXT + ' '.repeat(8 * 1024 * 1024)],
];
for (const [what, card] of REFUSED) {
  test(`a card with ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => parseAnchorCard(sha256, card)),
      'bundle.trust',
    ));
}

test('a changed card is refused or is another whole card', () => {
  fuzz(utf8(TEXT), { count: 3000, seed: 6, codes: ['bundle.trust', 'bytes.utf8'] }, (bytes) =>
    utf8(writeAnchorCard(sha256, parseAnchorCard(sha256, text(bytes)))),
  );
});

test('reading a card takes no longer than in proportion to its length', () => {
  const heads = growth([100, 200, 400, 800], (count) => {
    const card = writeAnchorCard(sha256, { ...CARD, heads: Array.from({ length: count }, () => CARD.heads[0]!) });
    return () => parseAnchorCard(sha256, card);
  });
  const lines = growth([1e5, 2e5, 4e5], (size) => {
    const begin = TEXT.slice(0, TEXT.indexOf('head 1')).replace('heads 2', 'heads 16000');
    const card = Buffer.from(begin + 'head 1\n'.repeat(size / 7)).toString(); // one flat string
    return () => refusalOf(() => parseAnchorCard(sha256, card));
  });
  assert.ok(heads <= 1.3 && lines <= 1.3, `${heads}, ${lines}`);
});
