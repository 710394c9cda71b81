import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hmacWith, type LedgerTools, prepareEntry } from '@visor/ledger';
import { openDigest } from '@visor/ledger/store';
import { concat } from '@visor/record';
import { random } from './bench-ledger.ts';

const sha256 = await openDigest();
const tools: LedgerTools = {
  random,
  sha256,
  hmac: hmacWith(sha256),
  seal: (key, nonce, plain, aad) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
    return concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open: (key, nonce, sealed, aad) => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad).setAuthTag(sealed.subarray(-16));
    return concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  },
};

/** CPU microseconds to commit to and seal the three groups of a consent. */
export function sealingCost(count: number, cpu: () => number): number {
  const organisation = {
    act: 'act_1',
    at: '2026-01-01T00:00:00.000Z',
    by: 'key_1',
    role: 'api',
    producer: 'aa:1',
    voids: null,
  };
  const consent = { person: 'per_1', consent: 'con_1', purpose: 'login', notice: 'n1', level: 'asserted' };
  const once = (): unknown =>
    prepareEntry(tools, {
      ...{ kind: 'consent.given', id: random(16), tags: {} },
      groups: [organisation, consent, { name: 'Li Hua', device: null }].map((values, slot) => ({
        slot,
        seed: random(32),
        values,
      })),
    });
  for (let i = 0; i < count / 4; i += 1) once();
  const before = cpu();
  for (let i = 0; i < count; i += 1) once();
  return ((cpu() - before) / count) * 1e6;
}
