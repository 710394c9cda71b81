import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  decodeFrame,
  fieldRootOf,
  leafHash,
  openCheckpoint,
  openGroup,
  parseLeaf,
  parseProofText,
  unpackPrepared,
  verifyInclusion,
} from '@visor/ledger';
import { fromHex, hex, utf8 } from '@visor/record';
import { seeded, sha256, toolsWith, verifyEd25519 } from './tools.ts';
import { VECTORS } from './vectors.ts';

const stored = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/vectors/${name}`, import.meta.url), 'utf8'));

for (const [name, make] of Object.entries(VECTORS)) {
  test(`the bytes of ${name} are made as they always were`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(make())), stored(name));
  });
}

test('the stored entry opens, unpacks and leads to its field root', () => {
  const { input, blob, packed, field_root } = VECTORS['ledger-entry.json']();
  const group = { id: fromHex(input.id), slot: input.slot, seed: fromHex(input.seed), blob: fromHex(blob) };
  assert.deepEqual(openGroup(toolsWith(seeded(1)), group), { kind: input.kind, values: input.values });
  const row = unpackPrepared(fromHex(packed));
  assert.equal(hex(fieldRootOf(sha256, row.roots)), field_root);
});

test('the stored leaves, frame, note and proofs read', () => {
  for (const { leaf, time } of VECTORS['ledger-leaf.json']()) assert.equal(parseLeaf(fromHex(leaf)).time, time);
  assert.equal(decodeFrame(sha256, fromHex(VECTORS['ledger-frame.json']().frame)).lease, 3);
  const { note, public_key } = VECTORS['ledger-note.json']();
  assert.equal(openCheckpoint({ sha256, verify: verifyEd25519 }, note, fromHex(public_key)).size, 70_000);
  for (const { leaf, proof } of VECTORS['ledger-proof.json']()) {
    const read = parseProofText(proof);
    const { size, root } = openCheckpoint({ sha256, verify: verifyEd25519 }, read.checkpoint, fromHex(public_key));
    verifyInclusion(sha256, {
      leafHash: leafHash(sha256, utf8(leaf)),
      index: read.index,
      size,
      proof: read.proof,
      root,
    });
  }
});
