import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkpointBody, isOrigin, keyIdOf, openCheckpoint, parseNote, signedNote } from '@visor/ledger';
import { base64, concat, fromHex, hex, text, utf8 } from '@visor/record';
import { fuzz, growth, refusalOf } from './refusals.ts';
import { logKey, seeded, sha256, verifyEd25519 } from './tools.ts';

const ORIGIN = 'visor.invalid/sit_one/1';
const HEAD = { origin: ORIGIN, size: 20_852_163, root: sha256(utf8('root')) };
const KEY = logKey(seeded(1)(32));
const TOOLS = { sha256, verify: verifyEd25519 };

function signed(body: string, key = KEY, name = ORIGIN): string {
  return signedNote(body, { name, keyId: keyIdOf(sha256, name, key.publicKey), signature: key.sign(utf8(body)) });
}
const NOTE = signed(checkpointBody(HEAD));
const [BODY, LINE] = NOTE.split('\n\n') as [string, string]; // a note has both
const withLine = (line: string): string => `${NOTE}${line}\n`;

test('the example of the specification reads as what it says', () => {
  const note = parseNote(
    'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  );
  assert.equal(note.origin, 'example.com/behind-the-sofa');
  assert.equal(note.size, 20_852_163);
  assert.deepEqual(
    note.signatures.map(({ name, keyId }) => [name, hex(keyId)]),
    [['example.com/behind-the-sofa', '033de0ae']],
  );
});

test('a signed head opens under its key and says what was signed', () => {
  assert.deepEqual(openCheckpoint(TOOLS, NOTE, KEY.publicKey), HEAD);
});

test('signatures of others are ignored, sixteen and more of them', () => {
  const others = Array.from({ length: 40 }, (_, i) => {
    const witness = logKey(seeded(100 + i)(32));
    const name = `witness-${i}.example`;
    return `\u2014 ${name} ${base64(concat([keyIdOf(sha256, name, witness.publicKey), new Uint8Array(72)]))}\n`;
  });
  assert.deepEqual(openCheckpoint(TOOLS, NOTE + others.join(''), KEY.publicKey), HEAD);
  const before = `${BODY}\n\n${others.join('')}${LINE}`;
  assert.deepEqual(openCheckpoint(TOOLS, before, KEY.publicKey), HEAD);
});

test('extension lines are read and signed over', () => {
  const body = `${checkpointBody(HEAD)}extension\n`;
  assert.deepEqual(parseNote(signed(body)).extensions, ['extension']);
  assert.deepEqual(openCheckpoint(TOOLS, signed(body), KEY.publicKey), HEAD);
});

const OTHER = logKey(seeded(2)(32));
const changedBody = NOTE.replace('20852163', '20852164');
const UNSIGNED: readonly [string, string][] = [
  ['another key', signed(checkpointBody(HEAD), OTHER)],
  ['a body changed after it was signed', changedBody],
  ['the key under another name', signed(checkpointBody(HEAD), KEY, 'visor.invalid/other')],
  [
    'one good and one bad signature of the key',
    withLine(
      parseNote(changedBody.replace('20852164', '1')) &&
        `\u2014 ${ORIGIN} ${base64(concat([keyIdOf(sha256, ORIGIN, KEY.publicKey), new Uint8Array(64)]))}`,
    ),
  ],
  [
    'a signature cut short',
    NOTE.replace(
      LINE,
      `\u2014 ${ORIGIN} ${base64(concat([keyIdOf(sha256, ORIGIN, KEY.publicKey), new Uint8Array(63)]))}\n`,
    ),
  ],
];
for (const [what, note] of UNSIGNED) {
  test(`a checkpoint with ${what} is not signed`, () => {
    assert.equal(
      refusalOf(() => openCheckpoint(TOOLS, note, KEY.publicKey)),
      'ledger.note.signature',
    );
  });
}

const REFUSED: readonly [string, string][] = [
  ['nothing', ''],
  ['no signature', `${BODY}\n`],
  ['no line end', NOTE.slice(0, -1)],
  ['a carriage return', NOTE.replace('\n', '\r\n')],
  ['a tab', NOTE.replace('visor', 'vi\tsor')],
  ['a lone surrogate', `\ud800${NOTE}`],
  ['two lines of body', signed('x\n1\n')],
  ['an empty origin', NOTE.replace(ORIGIN, '')],
  ['an origin with a space', NOTE.replace(ORIGIN, 'a b')],
  ['an origin with a plus', NOTE.replace(ORIGIN, 'a+b')],
  ['a size with a leading zero', NOTE.replace('\n2085', '\n02085')],
  ['a negative size', NOTE.replace('\n2085', '\n-2085')],
  ['a size in hexadecimal', NOTE.replace('20852163', '0x10')],
  ['a size above all whole numbers', NOTE.replace('20852163', '9007199254740993')],
  ['a root of 31 bytes', NOTE.replace(base64(HEAD.root), base64(HEAD.root.slice(1)))],
  [
    'a root in another spelling',
    NOTE.replace(
      base64(HEAD.root),
      base64(HEAD.root).replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),
    ),
  ],
  ['an empty extension line', signed(`${checkpointBody(HEAD)}\nx\n`)],
  ['more than 64 extension lines', signed(`${checkpointBody(HEAD)}${'x\n'.repeat(65)}`)],
  ['a hyphen for the dash', NOTE.replace('\u2014', '-')],
  ['a signature without a name', NOTE.replace(`\u2014 ${ORIGIN}`, '\u2014')],
  ['a signature of four bytes', withLine(`\u2014 x ${base64(new Uint8Array(4))}`)],
  ['a signature that is no base64', withLine('\u2014 x !!!!')],
  ['more than 64 signatures', NOTE + `\u2014 x ${base64(new Uint8Array(68))}\n`.repeat(64)],
  ['more than 131,072 characters', NOTE + `\u2014 x ${base64(new Uint8Array(9000))}\n`.repeat(11)],
];
for (const [what, note] of REFUSED) {
  test(`a note with ${what} is refused`, () =>
    assert.equal(
      refusalOf(() => parseNote(note)),
      'ledger.note.shape',
    ));
}

test('an origin has no spaces of any script, no plus and no controls', () => {
  for (const bad of ['', ' ', 'a b', 'a\u00a0b', 'a\u2003b', 'a+b', 'a\nb', 'a\u0085b', 'x'.repeat(256)])
    assert.ok(!isOrigin(bad), bad);
  assert.ok(isOrigin('门.example/日志'));
});

test('a changed note is refused or reads as the very head that it says', () => {
  fuzz(utf8(NOTE), { count: 3000, seed: 4, codes: ['ledger.note.shape', 'bytes.utf8'] }, (bytes) => {
    const { body, signatures } = parseNote(text(bytes));
    const lines = signatures.map(({ name, keyId, signature }) => signedNote('', { name, keyId, signature }).slice(1));
    return utf8(`${body}\n${lines.join('')}`);
  });
});

test('reading a note takes no longer than in proportion to its length', () => {
  const line = `\u2014 x ${base64(new Uint8Array(1400))}\n`;
  const reading = (sizes: readonly number[], make: (size: number) => string): number =>
    growth(sizes, (size) => {
      const note = Buffer.from(make(size)).toString(); // one flat string
      return () => refusalOf(() => parseNote(note));
    });
  const good = reading([8, 16, 32, 63], (lines) => NOTE + line.repeat(lines));
  const newlines = reading([16e3, 32e3, 64e3, 128e3], (size) => `${'\n'.repeat(size)}x`);
  const lines = reading([16e3, 32e3, 64e3, 128e3], (size) => `${'a\n'.repeat(size / 2)}\n\n`);
  for (const exponent of [good, newlines, lines]) assert.ok(exponent <= 1.3, String(exponent));
});

test('openssl finds the signature of a checkpoint good, and not of a changed one', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'visor-note-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const spki = concat([fromHex('302a300506032b6570032100'), KEY.publicKey]);
  writeFileSync(join(folder, 'key.der'), spki);
  writeFileSync(join(folder, 'signature'), parseNote(NOTE).signatures[0]!.signature);
  const good = (body: string): boolean => {
    writeFileSync(join(folder, 'body'), body);
    const keys = ['-pubin', '-keyform', 'DER', '-inkey', join(folder, 'key.der')];
    try {
      execFileSync(
        'openssl',
        ['pkeyutl', '-verify', ...keys, '-rawin', '-in', join(folder, 'body'), '-sigfile', join(folder, 'signature')],
        { stdio: 'pipe' },
      );
      return true;
    } catch (error) {
      if (error instanceof Error && 'status' in error && error.status === 1) return false;
      throw error;
    }
  };
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
  } catch {
    t.skip('there is no openssl here');
    return;
  }
  assert.ok(good(`${BODY}\n`));
  assert.ok(!good(`${BODY.replace('20852163', '20852164')}\n`));
});
