import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { vrfOutput, vrfProve, vrfPublicKey, vrfVerify } from '@visor/keeper';
import { fromHex, hex, utf8 } from '@visor/record';

interface Vector {
  readonly secret_key: string;
  readonly public_key: string;
  readonly alpha: string;
  readonly pi: string;
  readonly beta: string;
}

const file = new URL('../../../fixtures/vectors/ecvrf-edwards25519-sha512-tai.json', import.meta.url);
const { vectors }: { vectors: readonly Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

test('the tags are those of RFC 9381: keys, proofs and outputs of its examples', () => {
  assert.equal(vectors.length, 3);
  for (const vector of vectors) {
    const [secretKey, publicKey, alpha] = [vector.secret_key, vector.public_key, vector.alpha].map(fromHex);
    assert.equal(hex(vrfPublicKey(secretKey!)), vector.public_key);
    assert.equal(hex(vrfProve(secretKey!, alpha!)), vector.pi);
    assert.equal(hex(vrfOutput({ secretKey: secretKey!, publicKey: publicKey! }, alpha!)), vector.beta);
    assert.equal(hex(vrfVerify(publicKey!, alpha!, fromHex(vector.pi))!), vector.beta);
  }
});

test('the curve is the one of Ed25519: public keys are those of OpenSSL', () => {
  for (let seed = 0; seed < 16; seed += 1) {
    const secretKey = new Uint8Array(32).fill(seed * 13 + 1);
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secretKey]);
    const spki = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
      format: 'der',
      type: 'spki',
    });
    assert.equal(hex(vrfPublicKey(secretKey)), spki.subarray(12).toString('hex'));
  }
});

test('a proof does not carry another value, another key, or a changed bit', () => {
  const [vector, other] = [vectors[2]!, vectors[0]!];
  const publicKey = fromHex(vector.public_key);
  const alpha = fromHex(vector.alpha);
  const proof = fromHex(vector.pi);
  assert.equal(vrfVerify(publicKey, utf8('another'), proof), undefined);
  assert.equal(vrfVerify(fromHex(other.public_key), alpha, proof), undefined);
  for (let at = 0; at < proof.length; at += 1) {
    const changed = proof.slice();
    changed[at]! ^= 1 << (at % 8);
    assert.equal(vrfVerify(publicKey, alpha, changed), undefined, `byte ${at}`);
  }
});

test('what is no key and no proof is refused', () => {
  const vector = vectors[0]!;
  const [publicKey, proof] = [fromHex(vector.public_key), fromHex(vector.pi)];
  const smallOrder = new Uint8Array(32);
  smallOrder[0] = 1; // the neutral point
  const tooLarge = new Uint8Array(32).fill(255); // y beyond the field
  const largeS = proof.slice();
  largeS.fill(255, 48);
  for (const [key, pi] of [
    [smallOrder, proof],
    [tooLarge, proof],
    [new Uint8Array(31), proof],
    [publicKey, proof.slice(1)],
    [publicKey, largeS],
  ] as const) {
    assert.equal(vrfVerify(key, new Uint8Array(0), pi), undefined);
  }
});
