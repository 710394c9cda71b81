import assert from 'node:assert/strict';
import { test } from 'node:test';
import { horizonText, openTemplate, rotate, rotationOf, type SealedTemplate, sealTemplate } from '@visor/vault';
import { dot, normals, secret, seeded, toolsOf, unitOf } from './seeded.ts';

const tools = toolsOf('sealing');
const keys = { purposeKey: secret('purpose'), rotationKey: secret('rotation') };
const place = { site: 'sit_a', person: 'per_a', purpose: 'pur_a', consent: 'con_a', version: 1, model: 'model@1' };
const template = unitOf(normals(seeded('one'), 512));
const row = sealTemplate(tools, keys, { place, template });

test('a sealed template opens in its place, rotated, and compares with a probe that is rotated alike', () => {
  const { rotated, secret: own } = openTemplate(tools, keys, { place, row });
  const probe = rotate(rotationOf(tools, own, 512), template);
  assert.ok(dot(rotated, probe) > 0.999);
  assert.ok(Math.abs(dot(rotated, template)) < 0.3, 'it is not the plain one');
});

test('a sealed template opens nowhere else and under no other key', () => {
  const sealed = { name: 'Refusal', code: 'vault.sealed' };
  for (const [name, value] of Object.entries({
    site: 'sit_b',
    person: 'per_b',
    purpose: 'pur_b',
    consent: 'con_b',
    model: 'model@2',
  })) {
    assert.throws(() => openTemplate(tools, keys, { place: { ...place, [name]: value }, row }), sealed, name);
  }
  assert.throws(() => openTemplate(tools, keys, { place: { ...place, version: 2 }, row }), sealed);
  assert.throws(() => openTemplate(tools, { ...keys, purposeKey: secret('x') }, { place, row }), sealed);
  assert.throws(() => openTemplate(tools, { ...keys, rotationKey: secret('x') }, { place, row }), sealed);
  const other = sealTemplate(tools, keys, { place: { ...place, person: 'per_b' }, template });
  const mixed: SealedTemplate = { rotation: row.rotation, sealed: other.sealed };
  assert.throws(() => openTemplate(tools, keys, { place, row: mixed }), sealed);
  for (const at of [0, 12, 40, row.sealed.length - 1]) {
    const changed = row.sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
    assert.throws(() => openTemplate(tools, keys, { place, row: { ...row, sealed: changed } }), sealed, `byte ${at}`);
  }
});

test('sealing the same face twice gives rows that have nothing in common', () => {
  const again = sealTemplate(tools, keys, { place, template });
  const same = row.sealed.filter((byte, at) => byte === again.sealed[at]).length;
  assert.ok(same < 20, String(same)); // of 545, 2 by chance
  const [a, b] = [openTemplate(tools, keys, { place, row }), openTemplate(tools, keys, { place, row: again })];
  assert.ok(Math.abs(dot(a.rotated, b.rotated)) < 0.3);
});

test('a certificate claims nothing that is not so yet', () => {
  const horizon = { generation: 3, ends: '2026-06-08T08:00:00.000Z', lastKeyBackup: null };
  const before = horizonText({ ...horizon, passed: false });
  assert.match(before, /Not yet out of reach/);
  assert.match(before, /2026-06-08T08:00:00.000Z/);
  assert.doesNotMatch(before, /nothing that was wrapped/);
  const after = horizonText({ ...horizon, passed: true });
  assert.doesNotMatch(after, /Not yet/);
  const backed = horizonText({ ...horizon, lastKeyBackup: '2026-07-01T00:00:00.000Z', passed: true });
  assert.match(backed, /key backup that holds it expires at 2026-07-01T00:00:00.000Z/);
});
