/**
 * The ledger against what else makes the same bytes durable, in turns on one disk: bare syncs, PostgreSQL rows, SQLite,
 * files written batch by batch. The queue's table is in memory here, for `-- write` measures the whole path.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { entryLength, leafHash, verifyInclusion } from '@visor/ledger';
import { checkLedger, openDigest, plainHasher, type TreeHasher } from '@visor/ledger/store';
import { type Database, openDatabase } from '@visor/storage';
import { cpuSeconds, median, printFigures, printTable } from '../figures.ts';
import { quickEntry, verifyEd25519 } from '../long/power-cuts/house.ts';
import { appendFrom, type BenchLedger, benchLedger, random } from './ledger/bench-ledger.ts';
import { postgresBulk, postgresRows, prepareRows, sqliteRows, tileFiles } from './ledger/others.ts';
import { rawSyncs } from './ledger/raw-sync.ts';
import { sealingCost } from './ledger/sealing.ts';

const ROUNDS = 3;
const PROOFS = 20_000;

interface Round {
  readonly raw: number;
  readonly ours64: number;
  readonly cpu: number; // µs an append
  readonly rows: number;
  readonly sqlite: number;
  readonly files: number;
  readonly ours1024: number;
  readonly bulk: number;
}

const digest = await openDigest();
const pool = Array.from({ length: 2000 }, () => quickEntry(random));
let next = 0;
/** Made beforehand: what it costs to commit and to seal is measured apart. */
const prepare = () => ({ ...pool[next++ % pool.length]!, id: random(16) });

async function oneRound(
  folder: string,
  { bench, db, round }: { bench: BenchLedger; db: Database; round: number },
): Promise<Round> {
  const row = random(entryLength(3));
  const raw = await rawSyncs(join(folder, 'raw'), 700);
  const before = cpuSeconds();
  const { rate: ours64, count } = await appendFrom(bench, { writers: 64, milliseconds: 2000, prepare });
  const cpu = ((cpuSeconds() - before) / count) * 1e6;
  const rows = await postgresRows(db, { row, milliseconds: 1500 }, 64);
  const sqlite = sqliteRows(join(folder, `rows-${round}.sqlite`), { row, milliseconds: 1000 }, 64);
  const files = await tileFiles(join(folder, `files-${round}`), { row, milliseconds: 1000 }, 64);
  const { rate: ours1024 } = await appendFrom(bench, { writers: 1024, milliseconds: 1500, prepare });
  const bulk = await postgresBulk(db, { row, milliseconds: 1500 }, 1024);
  return { raw, ours64, cpu, rows, sqlite, files, ours1024, bulk };
}

/** Proofs made and checked a CPU second, for entries anywhere in the log. */
async function proofs({ ledger, log }: BenchLedger): Promise<{ made: number; checked: number }> {
  const { size, root } = (await ledger.head(log.origin))!;
  const wanted = Array.from({ length: PROOFS }, (_, i) => Math.floor((i * 0.6180339887 * size) % size)); // all over
  for (const index of wanted) await ledger.prove(log.origin, index, size); // tiles are read once
  const before = cpuSeconds();
  const made = [];
  for (const index of wanted) made.push(await ledger.prove(log.origin, index, size));
  const between = cpuSeconds();
  const leaves = new Map<number, Uint8Array>();
  for (const index of wanted.slice(0, 500))
    leaves.set(index, leafHash(digest, (await ledger.read(log.origin, index)).leaf));
  const checking = cpuSeconds();
  let checked = 0;
  for (const [i, index] of wanted.slice(0, 500).entries()) {
    for (let again = 0; again < 10; again += 1, checked += 1) {
      verifyInclusion(digest, { leafHash: leaves.get(index)!, index, size, proof: made[i]!, root });
    }
  }
  return { made: PROOFS / (between - before), checked: checked / (cpuSeconds() - checking) };
}

/** Leaves a CPU second, the better of two checks: the first also warms the compiler. */
async function check(
  folder: string,
  { publicKey, ...other }: { publicKey: Uint8Array; hasher?: TreeHasher; fields?: boolean },
): Promise<number> {
  let best = 0;
  for (let time = 0; time < 3; time += 1) {
    const before = cpuSeconds();
    const { leaves, findings } = await checkLedger({ folder, verify: verifyEd25519, publicKey, ...other });
    if (findings.length > 0) throw new Error(`the check found ${findings[0]!.what} in ${findings[0]!.file}`);
    best = Math.max(best, leaves / (cpuSeconds() - before));
  }
  return best;
}

async function measure(folder: string): Promise<void> {
  await using db = await openDatabase({ folder: join(folder, 'database'), say: () => undefined, connections: 64 });
  await prepareRows(db);
  const rounds: Round[] = [];
  const bench = await benchLedger(join(folder, 'ledger'));
  await appendFrom(bench, { writers: 64, milliseconds: 700, prepare }); // warm
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(folder, { bench, db, round }));
  const { made, checked } = await proofs(bench);
  await bench.ledger[Symbol.asyncDispose]();
  const { publicKey } = bench;
  const fsck = await check(join(folder, 'ledger'), { publicKey, fields: false });
  const plain = await check(join(folder, 'ledger'), { publicKey, fields: false, hasher: plainHasher(digest) });
  const whole = await check(join(folder, 'ledger'), { publicKey });
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const cpu = of((round) => round.cpu);
  printTable([
    ['a second', ...rounds.map((_, i) => `round ${i + 1}`)],
    ...(['raw', 'ours64', 'rows', 'sqlite', 'files', 'ours1024', 'bulk', 'cpu'] as const).map((key) => [
      key,
      ...rounds.map((round) => Math.round(round[key])),
    ]),
  ]);
  printFigures('ledger', {
    appends_per_raw_sync_64: of((round) => round.ours64 / round.raw),
    rate_vs_pg_rows_64: of((round) => round.ours64 / round.rows),
    rate_vs_pg_bulk_1024: of((round) => round.ours1024 / round.bulk),
    rate_vs_sqlite_64: of((round) => round.ours64 / round.sqlite),
    rate_vs_tile_files_64: of((round) => round.ours64 / round.files),
    cpu_us_leaf_to_head: cpu,
    cpu_us_with_sealing: cpu + sealingCost(2000, cpuSeconds),
    proofs_made_per_cpu_s: made,
    proofs_checked_per_cpu_s: checked,
    fsck_leaves_per_cpu_s: fsck,
    fsck_leaves_per_cpu_s_without_lanes: plain,
    fsck_leaves_per_cpu_s_with_fields: whole,
    raw_syncs_per_s: of((round) => round.raw),
    appends_per_s_64: of((round) => round.ours64),
  });
}

process.chdir(join(import.meta.dirname, '../..'));
const folder = join('data', `bench-ledger-${process.pid}`); // on the disk that the house itself uses
mkdirSync(folder, { recursive: true });
try {
  await measure(join(process.cwd(), folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
