/**
 * Somebody who has everything that lies on the disks: rows of the database, old ones too, the keeper's folder and the
 * house root. Written apart from the keeper, from the description of the keys, so that it opens whatever can be opened.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from '@visor/keeper';
import { type Bytes, canonicalBytes, equalBytes, utf8 } from '@visor/record';
import type { Database } from '@visor/storage';

/** RFC 5869 with SHA-256, no salt, 32 bytes of output. */
export function hkdf(secret: Bytes, info: Bytes): Bytes {
  const extracted = createHmac('sha256', new Uint8Array(32)).update(secret).digest();
  return new Uint8Array(createHmac('sha256', extracted).update(info).update(Uint8Array.of(1)).digest());
}

function open(key: Bytes, sealed: Bytes, aad: Bytes): Bytes | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const plain = decipher.update(sealed.subarray(12, sealed.length - 16));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return new Uint8Array(plain);
}

type Loose = { readonly [name: string]: unknown };
const bytesOf = (value: unknown): Bytes => {
  if (!(value instanceof Uint8Array)) throw new TypeError('bytes were expected');
  return value;
};
const listOf = (value: unknown): readonly Loose[] => {
  if (!Array.isArray(value)) throw new TypeError('a list was expected');
  return value;
};
const looseOf = (value: unknown): Loose => ({ ...(typeof value === 'object' ? value : {}) });

/** Every key-encryption key in every file of the keeper's folder that the root opens. */
export async function keksIn(
  folder: string,
  root: Bytes,
): Promise<readonly { site: string; generation: number; kek: Bytes }[]> {
  const header = utf8('VISORKEYS1\n');
  const found = [];
  for (const name of await readdir(folder)) {
    const bytes = new Uint8Array(await readFile(join(folder, name)));
    if (!equalBytes(bytes.subarray(0, header.length), header)) continue;
    const ring = open(hkdf(root, utf8('key file')), bytes.subarray(header.length), header);
    if (ring === undefined) continue;
    for (const { site, origin, key, sealed } of listOf(looseOf(decode(ring))['sites'])) {
      const aad = utf8(`visor site keys 1|${String(site)}|${String(origin)}`);
      const inside = open(hkdf(bytesOf(key), utf8('site keys')), bytesOf(sealed), aad);
      if (inside === undefined) continue;
      for (const { generation, kek } of listOf(looseOf(decode(inside))['generations'])) {
        found.push({ site: String(site), generation: Number(generation), kek: bytesOf(kek) });
      }
    }
  }
  return found;
}

export interface Rows {
  readonly person: readonly Loose[];
  readonly consent_secret: readonly Loose[];
  readonly face: readonly Loose[];
}

/** What a copy of the database holds. */
export async function copyRows(db: Database): Promise<Rows> {
  const all = (table: string): Promise<readonly Loose[]> => db.query<Loose>({ text: `SELECT * FROM ${table}` });
  return { person: await all('person'), consent_secret: await all('consent_secret'), face: await all('face') };
}

/** The ids of the faces whose templates open with any combination of these rows and keys. */
export async function facesOpened(folder: string, copies: readonly Rows[]): Promise<ReadonlySet<string>> {
  const root = new Uint8Array(await readFile(join(folder, 'house.root')));
  const keks = await keksIn(folder, root);
  const people = copies.flatMap(({ person }) => person).filter(({ wrap }) => wrap instanceof Uint8Array);
  const secrets = copies.flatMap((rows) => rows.consent_secret);
  const faces = copies.flatMap(({ face }) => face).filter(({ sealed }) => sealed instanceof Uint8Array);
  const opened = keks.flatMap(({ kek }) =>
    people.flatMap((row) => {
      const personKey = personKeyOf(kek, row);
      const found = personKey === undefined ? [] : secretsOpened(personKey, row, secrets);
      return found.flatMap((secret) => facesOf(secret, faces));
    }),
  );
  return new Set(opened);
}

function personKeyOf(kek: Bytes, row: Loose): Bytes | undefined {
  const { site, person, serial, generation } = row;
  const at = [String(site), String(person), Number(serial), Number(generation)];
  return open(kek, bytesOf(row['wrap']), canonicalBytes(['visor/wrap/1', 'person key', ...at]));
}

function secretsOpened(personKey: Bytes, row: Loose, secrets: readonly Loose[]): readonly Bytes[] {
  const { site, person } = row;
  return secrets.flatMap(({ consent, serial, wrap }) => {
    const aad = canonicalBytes([
      'visor/wrap/1',
      'consent',
      String(site),
      String(person),
      Number(serial),
      String(consent),
    ]);
    const secret = open(personKey, bytesOf(wrap), aad);
    return secret === undefined ? [] : [secret];
  });
}

function facesOf(secret: Bytes, faces: readonly Loose[]): readonly string[] {
  return faces.flatMap((row) => {
    const [site, person, purpose, consent] = ['site', 'person', 'purpose', 'consent'].map((name) => String(row[name]));
    const { version, model, face } = row;
    const key = hkdf(secret, utf8(`purpose|${site}|${person}|${purpose}|${consent}|${String(version)}`));
    const aad = canonicalBytes([
      'visor/template/1',
      site!,
      person!,
      purpose!,
      consent!,
      Number(version),
      String(model),
      null,
    ]);
    return open(key, bytesOf(row['sealed']), aad) === undefined ? [] : [String(face)];
  });
}
