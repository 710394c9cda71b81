/** A house for tests: real database, ledger, keeper and vault in one process. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OpenedKeeper, openKeeper } from '@visor/keeper';
import { type Ledger, migrations as ledgerMigrations, openLedger } from '@visor/ledger/store';
import { type Instant, instant, newId } from '@visor/record';
import { type Database, migrate, openDatabase } from '@visor/storage';
import { type Call, type Keeper, openVault, type Vault } from '@visor/vault';
import { FAR, faces, picture } from './drawn-faces.ts';
import { random, tools } from './node-tools.ts';

export { FAR, picture } from './drawn-faces.ts';
export { random, tools } from './node-tools.ts';

export interface Options {
  /** A folder that a house was opened in before; without one the house is new and its folder goes with it. */
  readonly folder?: string;
  readonly fresh?: boolean; // nothing is in that folder yet
  readonly keeper?: (real: Keeper) => Keeper;
  readonly db?: (real: Database) => Database;
}

export interface Site {
  readonly site: string;
  readonly origin: string;
}

const tables = (room: string): string => fileURLToPath(new URL('../migrations', import.meta.resolve(room)));
const silent = (): void => undefined;

export class SmallHouse implements AsyncDisposable {
  readonly clock = { at: Date.UTC(2026, 5, 1, 8) };
  readonly #now = (): Instant => instant(this.clock.at);
  readonly #crashed: OpenedKeeper[] = []; // kept, so that their files are closed in the end and not by chance
  readonly #options: Options;
  readonly folder: string;
  db!: Database;
  entries!: Ledger;
  keeper!: OpenedKeeper;
  vault!: Vault;

  constructor(folder: string, options: Options) {
    this.folder = folder;
    this.#options = options;
  }

  async open(): Promise<this> {
    this.db = await openDatabase({ folder: join(this.folder, 'db'), say: silent });
    await migrate(this.db, [ledgerMigrations(), tables('@visor/vault')]);
    await mkdir(join(this.folder, 'keeper'), { recursive: true });
    const isNew = this.#options.folder === undefined || this.#options.fresh === true;
    this.keeper = await this.#openKeeper(isNew);
    const { log: publicKey } = await this.keeper.port.publicKeys();
    this.entries = await openLedger({
      ...{ folder: join(this.folder, 'ledger'), publicKey, prefix: 'visor.invalid', db: this.db, node: 'one' },
      ...{ now: this.#now, random, say: silent, sizes: { segment: 1024 * 1024, reserve: 1024 * 1024 } },
      signer: {
        sign: (batch) => this.keeper.port.sign(batch),
        heads: () => this.keeper.port.heads(),
        sync: () => this.keeper.port.sync(),
      },
    });
    this.vault = await this.#openVault();
    return this;
  }

  #openKeeper(create: boolean): Promise<OpenedKeeper> {
    return openKeeper({ folder: join(this.folder, 'keeper'), house: 'hse_test', now: this.#now, random, create });
  }

  #openVault(): Promise<Vault> {
    const { keeper, db } = this.#options;
    return openVault({
      db: db?.(this.db) ?? this.db,
      keeper: keeper?.(this.keeper.port) ?? this.keeper.port,
      ...{ entries: this.entries, faces, tools, now: this.#now, producer: 'test' },
    });
  }

  call(site: Site, more?: Partial<Call>): Call {
    return {
      ...{ site: site.site, origin: site.origin, at: this.#now(), act: newId('act', random) },
      by: { id: 'key_test', role: 'key', name: 'A clerk', device: null },
      ...more,
    };
  }

  async site(): Promise<Site> {
    const site = newId('sit', random);
    const made = { site, origin: `visor.invalid/${site}/1` };
    await this.vault.createSite(this.call(made), {});
    return made;
  }

  /** The same database and ledger with the keeper and the vault opened anew, as after a crash of both. */
  async reopen(): Promise<void> {
    await this.keeper.port.sync(); // the heads: the ledger of this process goes on
    this.#crashed.push(this.keeper);
    this.keeper = await this.#openKeeper(false);
    this.vault = await this.#openVault();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.entries[Symbol.asyncDispose]();
    await this.db.stop();
    for (const one of [...this.#crashed, this.keeper]) await one[Symbol.asyncDispose]();
    if (this.#options.folder === undefined) await rm(this.folder, { recursive: true, force: true });
  }
}

export async function smallHouse(options: Options = {}): Promise<SmallHouse> {
  return new SmallHouse(options.folder ?? (await mkdtemp(join(tmpdir(), 'visor-keeper-'))), options).open();
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
