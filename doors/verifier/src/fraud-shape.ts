import { fromBase64, type Json, type JsonObject, Refusal } from '@visor/record';
import type { FraudProof } from './fraud.ts';
import type { Step } from './ranges.ts';

const STEPS = 64;

/** The members of a fraud proof, each of its type; nothing is proved by it. @throws Refusal `fraud.shape` */
export function parseFraud(value: Json): FraudProof {
  const { visor, origin, key, why, first, second } = members(value, [
    'visor',
    'origin',
    'key',
    'why',
    'first',
    'second',
  ]);
  if (visor !== 'fraud/1' || typeof origin !== 'string') throw bad('members');
  if (typeof key !== 'string' || !key.startsWith('ed25519:')) throw bad('key');
  if (why !== 'same size' && why !== 'other history') throw bad('why');
  return { visor, origin, key, why, first: sideOf(first), second: sideOf(second) };
}

function sideOf(value: Json | undefined): FraudProof['first'] {
  const { head, steps } = members(value, ['head', 'steps']);
  if (typeof head !== 'string' || !Array.isArray(steps) || steps.length > STEPS) throw bad('side');
  return { head, steps };
}

export function parseStep(value: Json): Step {
  if (isObject(value) && value.kind === 'inclusion') {
    const { index, leaf, proof } = members(value, ['kind', 'index', 'leaf', 'proof']);
    return { kind: 'inclusion', index: whole(index), leafHash: hashOf(leaf), proof: hashesOf(proof) };
  }
  const { kind, from, root, proof } = members(value, ['kind', 'from', 'root', 'proof']);
  if (kind !== 'consistency') throw bad('step');
  return { kind: 'consistency', from: whole(from), fromRoot: hashOf(root), proof: hashesOf(proof) };
}

function hashesOf(value: Json | undefined): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length > 64) throw bad('proof');
  return value.map(hashOf);
}

function hashOf(value: Json | undefined): Uint8Array {
  if (typeof value !== 'string' || value.length !== 44) throw bad('hash');
  const hash = fromBase64(value);
  if (hash.length !== 32) throw bad('hash');
  return hash;
}

function whole(value: Json | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw bad('number');
  return value;
}

function members(value: Json | undefined, names: readonly string[]): JsonObject {
  if (!isObject(value) || Object.keys(value).length !== names.length) throw bad('members');
  if (!names.every((name) => Object.hasOwn(value, name))) throw bad('members');
  return value;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const bad = (what: string): Refusal => new Refusal('fraud.shape', { what });
