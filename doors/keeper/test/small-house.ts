/** A house for tests: real database, ledger, keeper and vault in one process; faces that are numbers drawn from a name. */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FACE_MODEL, unit } from '@visor/face';
import { type OpenedKeeper, openKeeper } from '@visor/keeper';
import type { Signer } from '@visor/ledger';
import { migrations as ledgerMigrations, openLedger } from '@visor/ledger/store';
import { type Bytes, type Instant, instant, newId, Refusal, text, utf8 } from '@visor/record';
import { type Database, migrate, openDatabase } from '@visor/storage';
import {
  type Call,
  type DescribedFace,
  type Entries,
  type Faces,
  type Keeper,
  openVault,
  type Vault,
  type VaultTools,
} from '@visor/vault';

const plain = (buffer: Buffer): Bytes => new Uint8Array(buffer);
export const random = (length: number): Bytes => plain(randomBytes(length));

export const tools: VaultTools = {
  sha256: (data) => plain(createHash('sha256').update(data).digest()),
  hmac: (key, data) => plain(createHmac('sha256', key).update(data).digest()),
  random,
  seal(key, nonce, bytes, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    return plain(Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
  },
  open(key, nonce, sealed, aad) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    const bytes = decipher.update(sealed.subarray(0, sealed.length - 16));
    try {
      return plain(Buffer.concat([bytes, decipher.final()]));
    } catch {
      return undefined;
    }
  },
};

/** A template that a name fixes: the same name gives nearly the same numbers, another name others. */
export function templateOf(name: string, noise = 0): Float32Array {
  const numbers = (seed: string): Float32Array => {
    const out = new Float32Array(FACE_MODEL.length);
    for (let at = 0; at < out.length; at += 8) {
      const block = createHash('sha256').update(`${seed}/${at}`).digest();
      for (let i = 0; i < 8; i += 1) out[at + i] = block.readInt32LE(4 * i) / 2 ** 31;
    }
    return unit(out);
  };
  const base = numbers(name);
  const other = numbers(`${name}/noise`);
  return unit(base.map((value, at) => value + noise * other[at]!));
}

/** "Pictures" are names; some names are refused as bad pictures are. */
export const faces: Faces = {
  async describe(picture, wants): Promise<DescribedFace> {
    const name = text(picture);
    if (name === 'nobody') throw new Refusal('face.none');
    const [who = '', noise = '0'] = name.split('~');
    return {
      template: templateOf(who, Number(noise)),
      model: FACE_MODEL.id,
      quality: { size_px: 200, sharpness: 1, score: 0.9, yaw: 0 },
      ...(wants.keepPicture === true ? { aligned: utf8(`picture of ${who}`) } : {}),
    };
  },
  model: (id) => (id === undefined || id === FACE_MODEL.id ? FACE_MODEL : undefined),
};

export const picture = (name: string): Bytes => utf8(name);
export const FAR = FACE_MODEL.points[0]!.far;

export interface Clock {
  at: number;
}

export interface SmallHouse extends AsyncDisposable {
  readonly folder: string;
  readonly db: Database;
  readonly keeper: OpenedKeeper;
  readonly entries: Entries;
  readonly vault: Vault;
  readonly clock: Clock;
  call(site: { site: string; origin: string }, more?: Partial<Call>): Call;
  site(): Promise<{ site: string; origin: string }>;
  /** The same database and ledger with the keeper and the vault opened anew, as after a crash of both. */
  reopen(): Promise<void>;
}

export interface Options {
  /** A folder that a house was opened in before; without one the house is new and its folder goes with it. */
  readonly folder?: string;
  readonly fresh?: boolean; // nothing is in that folder yet
  readonly keeper?: (real: Keeper) => Keeper;
  readonly db?: (real: Database) => Database;
}

const tables = (room: string): string => fileURLToPath(new URL('../migrations', import.meta.resolve(room)));
const silent = (): void => undefined;

export async function smallHouse(options: Options = {}): Promise<SmallHouse> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'visor-keeper-')));
  const clock: Clock = { at: Date.UTC(2026, 5, 1, 8) };
  const now = (): Instant => instant(clock.at);
  const db = await openDatabase({ folder: join(folder, 'db'), say: silent });
  await migrate(db, [ledgerMigrations(), tables('@visor/vault')]);
  await mkdir(join(folder, 'keeper'), { recursive: true });
  const parts = { folder: join(folder, 'keeper'), house: 'hse_test', now, random };
  let keeper = await openKeeper({ ...parts, create: options.folder === undefined || options.fresh === true });
  const crashed: OpenedKeeper[] = []; // kept, so that their files are closed in the end and not by chance
  const signer: Signer = {
    sign: (batch) => keeper.port.sign(batch),
    heads: () => keeper.port.heads(),
    sync: () => keeper.port.sync(),
  };
  const { log } = await keeper.port.publicKeys();
  const ledger = await openLedger({
    ...{
      folder: join(folder, 'ledger'),
      signer,
      publicKey: log,
      prefix: 'visor.invalid',
      db,
      node: 'one',
      now,
      random,
    },
    ...{ say: silent, sizes: { segment: 1024 * 1024, reserve: 1024 * 1024 } },
  });
  const open = (): Promise<Vault> =>
    openVault({
      db: options.db?.(db) ?? db,
      keeper: options.keeper?.(keeper.port) ?? keeper.port,
      ...{ entries: ledger, faces, tools, now, producer: 'test' },
    });
  let vault = await open();
  const call: SmallHouse['call'] = (site, more) => ({
    ...{ site: site.site, origin: site.origin, at: now(), act: newId('act', random) },
    by: { id: 'key_test', role: 'key', name: 'A clerk', device: null },
    ...more,
  });
  return {
    ...{ folder, db, entries: ledger, clock, call },
    get keeper() {
      return keeper;
    },
    get vault() {
      return vault;
    },
    async site() {
      const site = newId('sit', random);
      const made = { site, origin: `visor.invalid/${site}/1` };
      await vault.createSite(call(made), {});
      return made;
    },
    async reopen() {
      await keeper.port.sync(); // the heads: the ledger of this process goes on
      crashed.push(keeper);
      keeper = await openKeeper({ ...parts, create: false });
      vault = await open();
    },
    async [Symbol.asyncDispose]() {
      await ledger[Symbol.asyncDispose]();
      await db.stop();
      for (const one of [...crashed, keeper]) await one[Symbol.asyncDispose]();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Enrolled {
  readonly site: { readonly site: string; readonly origin: string };
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly face: string;
  readonly name: string; // whose picture it is
}

/** A purpose that keeps pictures and takes consents that were captured. */
export async function purposeOf(house: SmallHouse, site: Enrolled['site'], name: string): Promise<string> {
  const input = { name, pictureKept: true, days: 30, asserted: false, far: FAR };
  return (await house.vault.createPurpose(house.call(site), input)).result.purpose;
}

export async function enrolled(
  house: SmallHouse,
  at: Pick<Enrolled, 'site' | 'purpose'> & { name: string; person?: string },
): Promise<Enrolled> {
  const { vault } = house;
  const { site, purpose, name } = at;
  const person = at.person ?? (await vault.createPerson(house.call(site), {})).result.person;
  const given = await vault.giveConsent(house.call(site), { person, purpose, notice: 'notice-1', level: 'captured' });
  const done = await vault.enrolFace(house.call(site), { person, purpose, pictures: [picture(name)] });
  return { site, person, purpose, name, consent: given.result.consent, face: done.result.face.face };
}

export async function verified(house: SmallHouse, of: Enrolled, name = of.name): Promise<string> {
  const { site, person, purpose } = of;
  const done = await house.vault.verifyFace(house.call(site), { person, purpose, picture: picture(`${name}~0.2`) });
  return done.result.decision;
}
