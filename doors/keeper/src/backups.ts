import { type Bytes, concat, hex, instant, Refusal, u64, utf8 } from '@visor/record';
import type { Core } from './core.ts';
import { type BackupNote, type KeyRing, packRing, unpackRing } from './key-ring.ts';
import type { KeyStore } from './key-store.ts';
import * as shape from './shape.ts';
import { decode, encode } from './wire.ts';

const HEADER = utf8('VISORBACKUP1\n');
/** Bytes: about 150,000 sites. */
export const MOST_BACKUP = 56 * 1024 * 1024;
const LONGEST_MS = 3_660 * 86_400_000;

const CONTENT = shape.members({ id: shape.words(/^[0-9a-f]{32}$/, 32), ring: shape.bytes(1, MOST_BACKUP) });

/**
 * Everything that a new keeper folder needs beside the house root: site keys, living generations, log and filing keys.
 * header | u64 expires, ms | nonce | sealed, header and expiry authenticated.
 */
export async function backup(core: Core, of: { expires: number }): Promise<Bytes> {
  const made = core.now();
  if (of.expires <= made || of.expires - made > LONGEST_MS) throw new Refusal('request.body', { at: 'expires' });
  const id = hex(core.random(16));
  const before = core.store.ring;
  const held = [...before.sites.values()].map(({ site, generations }) => ({
    site,
    oldest: Math.min(...generations.keys()),
    newest: Math.max(...generations.keys()),
  }));
  const note = { id, made, expires: of.expires, read: false, held };
  await core.store.change((ring) => ({
    ...ring,
    backups: [...ring.backups.filter(({ expires }) => expires > made), note],
  }));
  const content = encode({ id, ring: packRing({ ...before, backups: [] }) });
  const head = concat([HEADER, u64(of.expires)]);
  return concat([head, core.store.sealForRoot('key backup', content, head)]);
}

/**
 * Opens a key backup without using it, and takes note that it opens.
 * @throws Refusal `keeper.backup` when it is cut short, changed, expired, or of another house
 */
export async function readBack(core: Core, of: { bytes: Bytes }) {
  const { id, ring, expires } = openBackup(core.store, of.bytes, core.now());
  const held = core.store.ring;
  if (ring.house !== held.house) throw new Refusal('keeper.backup', { what: 'house' });
  const known = held.backups.some((note) => note.id === id);
  if (known) await core.store.change((now) => ({ ...now, backups: now.backups.map((note) => readNote(note, id)) }));
  return { expires: instant(expires), sites: ring.sites.size, known };
}

const readNote = (note: BackupNote, id: string): BackupNote => (note.id === id ? { ...note, read: true } : note);

export function openBackup(
  store: Pick<KeyStore, 'openForRoot'>,
  bytes: Bytes,
  now: number,
): { id: string; ring: KeyRing; expires: number } {
  const refuse = (what: string): Refusal => new Refusal('keeper.backup', { what });
  const headLength = HEADER.length + 8;
  const head = bytes.slice(0, headLength);
  if (bytes.length < headLength || !HEADER.every((byte, at) => head[at] === byte)) throw refuse('header');
  const content = store.openForRoot('key backup', bytes.slice(headLength), head);
  if (content === undefined) throw refuse('seal');
  const expires = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(HEADER.length));
  if (expires <= now) throw refuse('expired');
  const { id, ring } = CONTENT(decode(content), 'backup');
  return { id, ring: unpackRing(ring), expires };
}
