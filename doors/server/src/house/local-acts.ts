import { readFile } from 'node:fs/promises';
import { instant, type Json, type JsonObject, Refusal, rfc3339 } from '@visor/record';
import { anchorCard } from './anchor.ts';
import { checkHouse } from './check.ts';
import type { House } from './house.ts';
import { endKey, listKeys, makeSiteKey, rotateKey } from './key-acts.ts';
import type { LocalActs } from './local-socket.ts';
import { siteOf } from './sites.ts';

/** What the commands of this machine may do to a house, running or not; who may write its folder may do it. */
export const localActs = (house: House): LocalActs => ({
  'key.make': (args) => makeSiteKey(house, args),
  'key.list': (args) => listKeys(house, args),
  'key.rotate': (args) => rotateKey(house, args),
  'key.revoke': (args) => endKey(house, args),
  'key.backup': (args) => backupKeys(house, args),
  anchor: () => anchorCard(house),
  check: () => checkHouse(house),
  figures: () => figures(house),
  'bundle.make': (args) => makeBundle(house, args),
});

const DAY = 86_400_000;

/** The backup is written, read back by the keeper itself, and entered with its end. */
async function backupKeys(house: House, args: JsonObject): Promise<Json> {
  const { days } = args;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 365)
    throw new Refusal('request.body', { at: 'days' });
  const expires = instant(house.now() + days * DAY);
  const bytes = await house.keeper.backup({ expires });
  await house.keeper.readBack({ bytes });
  await house.vault.record(await house.callFor(house.own.site), {
    kind: 'key.backup.made',
    fields: { expires: rfc3339(expires) },
  });
  return { bytes: Buffer.from(bytes).toString('base64'), expires: rfc3339(expires) };
}

/** What benches and kill tests ask: whom they measure, and how often the ledger's log was synced. */
async function figures(house: House): Promise<Json> {
  const { pid } = house.keeper.status();
  return {
    syncs: house.ledger.syncs,
    database: house.db.url,
    keeper: pid ?? null,
    postmaster: await postmaster(house),
  };
}

/** A backend knows its own id; the kernel knows whose child it is. */
async function postmaster(house: House): Promise<number | null> {
  const [row] = await house.db.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
  if (row === undefined || process.platform !== 'linux') return null;
  const stat = await readFile(`/proc/${row.pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const MOST_ENTRIES = 1_000; // the newest ones; what the vault discloses in one call

async function makeBundle(house: House, args: JsonObject): Promise<Json> {
  const site = await siteOf(house.db, String(args.site));
  const size = (await house.ledger.head(site.origin))?.size ?? 0;
  const person = typeof args.person === 'string' ? { person: args.person } : {};
  const limit = Math.min(size, MOST_ENTRIES);
  const made = await house.bundles.make(await house.callFor(site.site), { from: size - limit, limit, ...person });
  return { bundle: made.bundle, entries: made.entries, bytes: Buffer.from(made.bytes).toString('base64') };
}
