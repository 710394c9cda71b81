import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FacePool, openPool } from '@visor/face/pool';
import { type KeeperClient, startKeeper } from '@visor/keeper';
import { openLedger } from '@visor/ledger/store';
import { hex, instant, newId, Refusal } from '@visor/record';
import { type Database, lockFolder, migrate, openDatabase, openHouse as openHouseRow } from '@visor/storage';
import { type Call, openVault } from '@visor/vault';
import { countRefusals } from '../http/refusals.ts';
import { makeBundles } from './bundles.ts';
import { facesOf } from './faces.ts';
import type { House, HouseSettings } from './house.ts';
import { everyMinute } from './jobs.ts';
import { keyRing } from './keys.ts';
import { allSites, newSite, siteOf, sitePart } from './sites.ts';
import { random, sha256, vaultTools } from './tools.ts';

export const VERSION = '0.1.0';
const DEFAULT_PREFIX = 'visor.invalid/';

const now = () => instant(Date.now());

/** Folders of one house, below its data folder. */
const foldersOf = (folder: string) => ({
  database: join(folder, 'database'),
  keeper: join(folder, 'keeper'),
  ledger: join(folder, 'ledger'),
  models: join(folder, 'models'),
});

/** The uids that the processes with keys and with pictures drop to when the house is started as root. */
const ids = (): { keeper?: number; faces?: number } =>
  process.getuid?.() === 0 ? { keeper: 65_532, faces: 65_533 } : {};

/** The migrations of a room lie beside its entrance. */
const roomTables = (room: string): string => fileURLToPath(new URL('../migrations', import.meta.resolve(room)));

/**
 * Opens the house on its data folder: database, keeper, face children, ledger, vault, in this order of need and as
 * much at once as can be. Whatever was opened is closed again, last first, when a later part does not open.
 * @param want  `faces: false` leaves the models on the shelf, for commands that see no picture
 */
export async function openHouse(settings: HouseSettings, want: { readonly faces: boolean }): Promise<House> {
  await mkdir(settings.folder, { recursive: true, mode: 0o700 });
  await using opening = new AsyncDisposableStack();
  opening.use(await lockFolder(settings.folder));
  const parts = await openParts(settings, want, opening);
  const house = await wire(settings, parts, opening);
  opening.use(everyMinute(house, { now }));
  const held = opening.move();
  return { ...house, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface Parts {
  readonly db: Database;
  readonly row: { readonly id: string; readonly fresh: boolean };
  readonly keeper: KeeperClient;
  readonly faces: FacePool | undefined;
}

/** The models load while the database starts; the keeper has to know whose folder it opens, so it waits for the house's row. */
async function openParts(
  settings: HouseSettings,
  want: { faces: boolean },
  opening: AsyncDisposableStack,
): Promise<Parts> {
  const loading = want.faces ? openFaces(settings, ids().faces) : Promise.resolve(undefined);
  loading.catch(() => undefined); // awaited below; until then another part may fail first
  try {
    const db = opening.use(await openTables(settings));
    const offered = newId('hou', random);
    const { id } = await openHouseRow(db, { id: offered, now: now() });
    const row = { id, fresh: id === offered };
    const keeper = opening.use(await openKeeper(settings, row));
    return { db, row, keeper, faces: opening.use(await loading) };
  } catch (error) {
    await loading.then((faces) => faces?.[Symbol.asyncDispose]()).catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

async function openTables(settings: HouseSettings): Promise<Database> {
  const db = await openDatabase({
    folder: foldersOf(settings.folder).database,
    say: settings.say,
    ...(settings.databaseUrl === undefined ? {} : { url: settings.databaseUrl }),
    ...(settings.pgBin === undefined ? {} : { pgBin: settings.pgBin }),
  });
  try {
    await migrate(db, [
      roomTables('@visor/ledger'),
      roomTables('@visor/vault'),
      fileURLToPath(new URL('../../migrations', import.meta.url)),
    ]);
    return db;
  } catch (error) {
    await db.stop();
    throw error;
  }
}

function openKeeper(settings: HouseSettings, row: Parts['row']): Promise<KeeperClient> {
  const { keeper: uid } = ids();
  return startKeeper({
    folder: foldersOf(settings.folder).keeper,
    house: row.id,
    create: row.fresh,
    say: settings.say,
    ...(uid === undefined ? {} : { uid }),
  });
}

function openFaces(settings: HouseSettings, uid: number | undefined): Promise<FacePool> {
  const { models } = foldersOf(settings.folder);
  return openPool({
    modelsFolder: models,
    cacheFolder: models,
    children: settings.faceChildren ?? availableParallelism(),
    sha256,
    say: settings.say,
    ...(uid === undefined ? {} : { uid }),
  });
}

async function wire(settings: HouseSettings, parts: Parts, opening: AsyncDisposableStack): Promise<House> {
  const { db, keeper, faces } = parts;
  const producer = hex(random(8));
  const prefix = settings.originPrefix ?? DEFAULT_PREFIX;
  const { log: logKey } = await keeper.publicKeys();
  const ledger = opening.use(
    await openLedger({
      ...{ folder: foldersOf(settings.folder).ledger, prefix, publicKey: logKey, signer: keeper },
      ...{ sha256, db, now, random, say: settings.say },
    }),
  );
  const entries = ledger;
  const vault = await openVault({ db, keeper, entries, faces: facesOf(faces), tools: vaultTools, now, producer });
  const own = await ownSite({ db, vault, prefix });
  const callFor = async (site: string): Promise<Call> => houseCall(await siteOf(db, site));
  const refusals = countRefusals(own.site, now, async ({ site, ...fields }) => {
    await vault.record(await callFor(site), { kind: 'requests.refused', fields });
  });
  opening.defer(() => refusals.flush(true));
  await vault.enterCounts(callFor); // the keeper releases nothing while counts of before are owed
  const repaired = [...ledger.repaired];
  await vault.record(houseCall(own), { kind: 'house.started', fields: { version: VERSION, repaired } });
  return {
    ...{ port: settings.port, url: settings.url, folder: settings.folder, log: settings.log, say: settings.say },
    ...{ db, ledger, keeper, faces, vault, now, random, own, callFor, refusals, logKey, repaired },
    originPrefix: prefix,
    status: await statusOf(settings, { db, faces, ledger }),
    keys: keyRing(db, now),
    bundles: makeBundles({ db, ledger, vault, now, random, logKey }),
    bug: (request, error) => sayBug(settings.say, request, error),
    [Symbol.asyncDispose]: async () => undefined, // the caller of `wire` owns what was opened
  };
}

async function statusOf(
  settings: HouseSettings,
  of: { db: Database; faces: FacePool | undefined; ledger: House['ledger'] },
): Promise<House['status']> {
  const [row] = await of.db.query<{ version: string }>({ text: `SELECT current_setting('server_version') AS version` });
  return () => ({
    version: VERSION,
    embedded: settings.databaseUrl === undefined,
    database: row?.version ?? '',
    entries: of.ledger.entries,
    faceChildren: of.faces?.children ?? 0,
  });
}

/** The house's own site holds the entries that belong to no other; it is made with the first start. */
async function ownSite(of: Pick<House, 'db' | 'vault'> & { prefix: string }): Promise<House['own']> {
  const found = (await allSites(of.db)).find((site) => site.kind === 'house');
  if (found !== undefined) return found;
  const fresh = newSite(of.prefix, random);
  await of.vault.createSite(houseCall(fresh), { parts: [sitePart({ ...fresh, name: 'House', kind: 'house' }, now())] });
  return fresh;
}

const houseCall = (site: { site: string; origin: string }): Call => ({
  site: site.site,
  origin: site.origin,
  by: { id: 'house', role: 'house', name: 'house', device: null },
  at: now(),
  act: newId('act', random),
});

/** A refusal that no request should meet is told by its code, which is no secret. */
const kindOf = (error: unknown): string =>
  error instanceof Refusal ? error.code : error instanceof Error ? error.name : typeof error;

/** What was thrown may carry anything, so only its kind and its places in our own code are said. */
function sayBug(say: (line: string) => void, request: string, error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = [...stack.matchAll(/(?:rooms|doors)\/[\w./-]+:\d+/g)].map(([place]) => place);
  say(`bug in request ${request}: ${kindOf(error)} at ${places.slice(0, 6).join(' < ')}`);
}
