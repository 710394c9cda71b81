import {
  type Bytes,
  equalBytes,
  Fault,
  hex,
  type Instant,
  type Random,
  Refusal,
  type Sha256,
  text,
  utf8,
} from '@visor/record';
import type { Database } from '@visor/storage';
import { parseAnchorCard, writeAnchorCard } from '../anchor-card.ts';
import type { Granularity } from '../leaf.ts';
import { parseNote } from '../note.ts';
import type { Signer } from '../signer.ts';
import { Appender } from './appender.ts';
import { openDigest } from './digest.ts';
import { type FileLayer, readWhole, realFiles, replaceFile } from './files.ts';
import { fastHasher } from './lane-hasher.ts';
import { type Ledger, OpenLedger } from './ledger.ts';
import type { LedgerState } from './ledger-state.ts';
import { LogTiles } from './log-tiles.ts';
import { freeLease, type Lease, renewLease, takeLease } from './outbox.ts';
import { Publisher } from './publisher.ts';
import { catchUp, cut, type Recovered, recover, settle, signHeads } from './recover.ts';
import { Rounds } from './rounds.ts';
import { HOUSE_LENGTH } from './segment.ts';
import { SegmentReader } from './segment-reader.ts';
import { Sweeper } from './sweeper.ts';
import { Tickets } from './tickets.ts';
import { TileCache } from './tile-cache.ts';
import { TileFiles } from './tile-files.ts';
import { CHECKPOINT } from './tile-paths.ts';
import { realTimers, type Timers } from './timers.ts';
import type { TreeHasher } from './tree-hasher.ts';
import { WalWriter } from './wal-writer.ts';

export const ANCHOR_FILE = 'anchor.txt';
export const SEGMENTS = 'wal';
export const LOGS = 'logs';

const HOLDER_FILE = 'holder';
const HOLDER_LENGTH = 32; // hexadecimal digits
const MIB = 1024 * 1024;
const LEASE_MS = 10_000;
const RENEW_MS = 3000;
const SWEEP_MS = 1000;
const PUBLISH_MS = 1000;
const TILES_CACHED = 1024; // 16 MiB

export interface LedgerPlan {
  readonly folder: string; // the ledger's own; made when it is not there
  readonly files?: FileLayer;
  readonly sha256?: Sha256;
  readonly signer: Signer;
  readonly publicKey: Bytes; // of the log key, 32 bytes
  readonly prefix: string; // what the origins of this house begin with
  readonly db: Database;
  readonly now: () => Instant;
  readonly random: Random;
  readonly granularity?: Granularity;
  readonly say: (line: string) => void;
  readonly timers?: Timers;
  /** Bytes of a segment, and of the reserve that a full disk leaves for what is owed to people. */
  readonly sizes?: { readonly segment: number; readonly reserve: number };
}

interface Opening extends LedgerPlan {
  readonly files: FileLayer;
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly timers: Timers;
  readonly lease: Lease;
  readonly reader: SegmentReader;
}

/**
 * Opens the house's ledger: takes the lease, shuts out whoever had it, reads what is there, has the keeper sign what it
 * has not, and enters what waits.
 * @throws Refusal `ledger.foreign` (folder, database or key of another house), `ledger.damaged`, `keeper.rollback`,
 *         `keeper.fork`, `keeper.lease`; Fault `ledger`, `database`, `keeper`
 */
export async function openLedger(plan: LedgerPlan): Promise<Ledger> {
  const files = plan.files ?? realFiles;
  const sha256 = plan.sha256 ?? (await openDigest());
  const segments = `${plan.folder}/${SEGMENTS}`;
  await makeFolders(files, plan.folder);
  const lease = await takeLease(plan.db, {
    ...{ node: await holder(plan, files), now: plan.now(), until: plan.now() + LEASE_MS },
    house: plan.random(HOUSE_LENGTH),
  });
  const reader = new SegmentReader({ files, sha256, folder: segments });
  const hasher = fastHasher(sha256);
  const opening: Opening = { ...plan, files, sha256, hasher, timers: plan.timers ?? realTimers, lease, reader };
  await checkAnchor(opening);
  const recovered = await comeBack(opening);
  return start(opening, recovered);
}

/** Durable with their names: a frame that was synced is lost when its folder is. */
async function makeFolders(files: FileLayer, folder: string): Promise<void> {
  await files.makeFolder(`${folder}/${SEGMENTS}`);
  await files.syncFolder(folder);
  await files.syncFolder(folder.slice(0, Math.max(folder.lastIndexOf('/'), 1)));
}

/**
 * The name under which the lease is held belongs to the folder: whoever has it, and its lock, may take the lease back at
 * once after a crash, and a server with another folder waits until it has run out.
 */
async function holder({ folder, random }: LedgerPlan, files: FileLayer): Promise<string> {
  const path = `${folder}/${HOLDER_FILE}`;
  const found = await readWhole(files, path);
  if (found?.length === HOLDER_LENGTH) return text(found);
  const name = hex(random(HOLDER_LENGTH / 2));
  await replaceFile(files, path, { bytes: utf8(name), durable: true });
  return name;
}

/** The folder keeps the public key of its house: a key of another house signs nothing in it. */
async function checkAnchor({ files, sha256, folder, publicKey, prefix }: Opening): Promise<void> {
  const path = `${folder}/${ANCHOR_FILE}`;
  const found = await readWhole(files, path);
  if (found !== undefined && found.length > 0) {
    const card = parseAnchorCard(sha256, text(found));
    if (!equalBytes(card.publicKey, publicKey)) throw new Refusal('ledger.foreign', { what: 'log key' });
    return;
  }
  const card = utf8(writeAnchorCard(sha256, { publicKey, prefix, heads: [] }));
  await replaceFile(files, path, { bytes: card, durable: true });
}

interface CameBack extends Recovered {
  readonly repaired: readonly string[];
}

async function comeBack(opening: Opening): Promise<CameBack> {
  const { files, sha256, hasher, folder, signer, lease, reader } = opening;
  // the keeper shuts out older leases before the frames are read: nothing that is read later can have been answered
  await signer.sign({ lease: lease.number, logs: [] });
  const plan = { files, sha256, hasher, folder: `${folder}/${SEGMENTS}`, house: lease.house, markedTo: lease.markedTo };
  const recovered = await recover(plan);
  await readPublished(opening, recovered.state);
  await settle(plan, recovered);
  const keeper = { signer, lease: lease.number, reader };
  const caught = await catchUp(keeper, recovered.state);
  await signHeads(keeper, recovered.state);
  const repaired = [...(await cut(plan, recovered))];
  if (caught > 0) repaired.push(`${caught} entries were durable but not signed; the keeper has signed them now.`);
  return { ...recovered, repaired };
}

/** @throws Refusal `ledger.damaged` when a checkpoint was published for more entries than the segments have */
async function readPublished(opening: Opening, state: LedgerState): Promise<void> {
  const files = new TileFiles({ ...opening, root: `${opening.folder}/${LOGS}` });
  for (const log of state.logs.values()) {
    const bytes = await files.read(log.origin, CHECKPOINT);
    log.published = bytes === undefined ? 0 : publishedSize(bytes);
    if (log.published > log.edge.size) {
      throw new Refusal('ledger.damaged', { published: log.published, found: log.edge.size });
    }
  }
}

/** A checkpoint file that a power cut spoilt counts as none: it is written again. */
function publishedSize(bytes: Bytes): number {
  try {
    return parseNote(text(bytes)).size;
  } catch (error) {
    if (error instanceof Refusal) return 0;
    throw error;
  }
}

async function start(opening: Opening, { state, unmarked, repaired }: CameBack): Promise<Ledger> {
  const { files, sha256, folder, db, now, say, signer, lease, reader, timers } = opening;
  const tickets = new Tickets();
  const sweeper = new Sweeper({ db, sha256, lease: lease.number, tickets, now, say });
  await sweeper.markFound(unmarked, state.chain.number);
  const tileFiles = new TileFiles({ files, sha256, root: `${folder}/${LOGS}` });
  const tiles = new LogTiles({ ...opening, state, files: tileFiles, cache: new TileCache(TILES_CACHED) });
  const publisher = new Publisher({ state, tiles, files: tileFiles, signer });
  const wal = writerOf(opening);
  const appender = new Appender({
    ...{ ...opening, granularity: opening.granularity ?? 0, lease: lease.number, state, wal },
    entered: (ticket, frame) => sweeper.entered(ticket, frame),
    answer: (log, index, leaf) => ledger.answer(log, index, leaf),
  });
  const rounds = new Rounds(timers, say);
  const stop = (): Promise<void> => stopAll({ opening, appender, sweeper, publisher, rounds, wal });
  const parts = { db, state, wal, reader, tiles, tickets, appender, sweeper, now, repaired, stop };
  const ledger = new OpenLedger(parts);
  await sweeper.round(appender);
  beginRounds({ opening, appender, sweeper, publisher, rounds });
  return ledger;
}

function writerOf({ files, sha256, folder, lease, sizes }: Opening): WalWriter {
  const { segment, reserve } = sizes ?? { segment: 16 * MIB, reserve: 64 * MIB };
  return new WalWriter({
    ...{ files, sha256, folder: `${folder}/${SEGMENTS}`, house: lease.house, lease: lease.number },
    ...{ segmentBytes: segment, reserveBytes: reserve },
  });
}

interface Running {
  readonly opening: Opening;
  readonly appender: Appender;
  readonly sweeper: Sweeper;
  readonly publisher: Publisher;
  readonly rounds: Rounds;
}

function beginRounds({ opening, appender, sweeper, publisher, rounds }: Running): void {
  const { db, lease, now, say } = opening;
  const ends = (error: Refusal): void => appender.end(error);
  const renew = async (): Promise<void> => {
    const held = await renewLease(db, { number: lease.number, until: now() + LEASE_MS });
    if (!held) throw new Refusal('keeper.lease', { lease: lease.number });
  };
  rounds.begin({ name: 'Renewing the lease of the ledger', every: RENEW_MS, work: renew, refused: ends });
  rounds.begin({
    ...{ name: 'Marking entered rows', every: SWEEP_MS, refused: ends },
    work: () => sweeper.round(appender),
  });
  rounds.begin({
    ...{ name: 'Writing the public files of the ledger', every: PUBLISH_MS },
    work: () => publisher.round(),
    refused: (error) => say(`The public files of a log cannot be made: ${error.message}`),
  });
}

async function stopAll({
  opening,
  appender,
  sweeper,
  publisher,
  rounds,
  wal,
}: Running & { wal: WalWriter }): Promise<void> {
  const { db, lease, reader, say } = opening;
  await rounds.stop();
  await appender.stop();
  await trying(say, () => sweeper.markEntered());
  await trying(say, () => publisher.round(Number.POSITIVE_INFINITY));
  await trying(say, () => freeLease(db, lease.number));
  await wal.close();
  await reader.close();
}

/** At a stop nothing is lost by what is left undone: the next start does it. */
async function trying(say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Fault || error instanceof Refusal)) throw error;
    say(`Left for the next start: ${error.message}`);
  }
}
