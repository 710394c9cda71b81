import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointBody, keyIdOf, parseProofText, proofText, signedNote } from '@visor/ledger';
import { base64, text, utf8 } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { logKey, seeded, sha256 } from './tools.ts';

const ORIGIN = 'visor.invalid/sit_one/1';
const KEY = logKey(seeded(1)(32));
const BODY = checkpointBody({ origin: ORIGIN, size: 109_482, root: sha256(utf8('root')) });
const CHECKPOINT = signedNote(BODY, {
  name: ORIGIN,
  keyId: keyIdOf(sha256, ORIGIN, KEY.publicKey),
  signature: KEY.sign(utf8(BODY)),
});
const PROOF = Array.from({ length: 17 }, (_, i) => sha256(utf8(`hash ${i}`)));
const GOOD = proofText({ index: 73_894, proof: PROOF, checkpoint: CHECKPOINT });

test('a proof file has its first line, its index, its hashes, a gap and the checkpoint word for word', () => {
  const lines = GOOD.split('\n');
  assert.equal(lines[0], 'c2sp.org/tlog-proof@v1');
  assert.equal(lines[1], 'index 73894');
  assert.deepEqual(lines.slice(2, 19), PROOF.map(base64));
  assert.equal(lines.slice(20).join('\n'), CHECKPOINT);
});

test('a proof file reads back as it was written, also for the only entry of a log', () => {
  assert.deepEqual(parseProofText(GOOD), { index: 73_894, proof: PROOF, checkpoint: CHECKPOINT });
  const only = proofText({ index: 0, proof: [], checkpoint: CHECKPOINT.replace('109482', '1') });
  assert.equal(only.split('\n')[2], '');
  assert.equal(parseProofText(only).index, 0);
});

const REFUSED: readonly [string, string, string][] = [
  ['nothing', '', 'ledger.note.shape'],
  ['another version', GOOD.replace('@v1', '@v2'), 'ledger.note.shape'],
  ['an extra line that nobody signed', GOOD.replace('index', `extra ${base64(utf8('x'))}\nindex`), 'ledger.note.shape'],
  ['no index', GOOD.replace('index 73894\n', ''), 'ledger.note.shape'],
  ['an index with a leading zero', GOOD.replace('index 7', 'index 07'), 'ledger.note.shape'],
  ['an index outside the tree', GOOD.replace('73894', '109482'), 'ledger.proof.length'],
  ['a hash of 31 bytes', GOOD.replace(base64(PROOF[3]!), base64(PROOF[3]!.slice(1))), 'ledger.note.shape'],
  [
    '65 hashes',
    proofText({ index: 1, proof: Array.from({ length: 65 }, () => PROOF[0]!), checkpoint: CHECKPOINT }),
    'ledger.proof.length',
  ],
  ['no checkpoint', GOOD.slice(0, GOOD.indexOf('\n\n') + 2), 'ledger.note.shape'],
  ['no gap', GOOD.replace('\n\n', '\n'), 'ledger.note.shape'],
  ['more than 262,144 characters', GOOD + ' '.repeat(262_144), 'ledger.note.shape'],
];
for (const [what, source, code] of REFUSED) {
  test(`a proof file with ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => parseProofText(source)),
      code,
    ));
}

test('a changed proof file is refused or reads as what it says', () => {
  const codes = ['ledger.note.shape', 'ledger.proof.length', 'bytes.utf8'];
  fuzz(utf8(GOOD), { count: 3000, seed: 5, codes }, (bytes) => utf8(proofText(parseProofText(text(bytes)))));
});

test('reading a proof file takes no longer than in proportion to its length', () => {
  const checkpoint = CHECKPOINT.replace('109482', '9007199254740991');
  const lines = growth([3e4, 6e4, 12e4, 24e4], (size) => {
    const source = [
      'c2sp.org/tlog-proof@v1',
      'index 1',
      ...Array.from({ length: size / 2 }, () => 'A'),
      '',
      checkpoint,
    ].join('\n');
    return () => refusalOf(() => parseProofText(source));
  });
  assert.ok(lines <= 1.3, String(lines));
});
