/**
 * The whole write path against bare PostgreSQL commits, interleaved on one server: HTTP in, one statement, its own
 * durable ledger entry with sealed groups, a signed head and the inclusion proof out.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '@visor/storage';
import { median, percentile, printFigures, printTable } from '../figures.ts';
import { cpuOfTree } from '../house/cpu.ts';
import { postBytes, RawClient } from '../house/raw-client.ts';
import { throwAwayHouse } from '../house/throw-away.ts';

const CLIENTS = [1, 16, 64] as const;
const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, sites: { type: 'string', default: '1000' } },
});
const SECONDS = Number(options.seconds);
const ROUNDS = 3;
const PEOPLE = 100;
const SITES = Number(options.sites);

interface Run {
  readonly rate: number;
  readonly latencies: readonly number[];
  readonly acts: number;
}

type Ask = (lane: number) => Promise<void>;

/** So many lanes ask again and again until the time is over. */
async function during(seconds: number, lanes: number, ask: Ask): Promise<Run> {
  const started = performance.now();
  const until = started + seconds * 1_000;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: lanes }, async (_nothing, lane) => {
      while (performance.now() < until) {
        const asked = performance.now();
        await ask(lane);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const acts = latencies.length;
  return { rate: acts / ((performance.now() - started) / 1_000), latencies, acts };
}

interface Prepared {
  readonly secret: string;
  readonly purposes: readonly string[];
  readonly people: readonly string[];
}

type Made = Readonly<Record<string, unknown>>;

async function make(client: RawClient, path: string, of: { secret: string; body: string }): Promise<Made> {
  const status = await client.ask(postBytes(house.house.port, path, { ...of, idem: randomUUID() }));
  if (status !== 201) throw new Error(`${path} answered ${status}: ${client.last.slice(0, 200)}`);
  return JSON.parse(client.last) as Made; // an answer of the house
}

/** A site with people and purposes, made over all clients at once. */
async function prepare(
  clients: readonly RawClient[],
  name: string,
  size: { people: number; purposes: number },
): Promise<Prepared> {
  const { secret } = await house.site(name);
  const all = async (count: number, each: (client: RawClient, n: number) => Promise<string>): Promise<string[]> => {
    const made: string[] = [];
    let next = 0;
    await Promise.all(
      clients.map(async (client) => {
        for (let n = next++; n < count; n = next++) made[n] = await each(client, n);
      }),
    );
    return made;
  };
  const purposes = await all(size.purposes, async (client, n) =>
    String(
      (await make(client, '/v1/purposes', { secret, body: `{"name":"bench-${n}","days":30,"asserted":true}` })).purpose,
    ),
  );
  const people = await all(size.people, async (client) =>
    String((await make(client, '/v1/people', { secret, body: '{}' })).person),
  );
  return { secret, purposes, people };
}

/** One consent a call, each time for the next person and never twice for one purpose: different rows, as real acts are. */
function consents(clients: readonly RawClient[], sites: readonly Prepared[]): Ask {
  let next = 0;
  return async (lane) => {
    const at = next++;
    const { secret, people, purposes } = sites[at % sites.length]!;
    const n = Math.floor(at / sites.length);
    const purpose = purposes[Math.floor(n / people.length)];
    if (purpose === undefined) throw new Error('the bench has run out of purposes: make more');
    const body = `{"person":"${people[n % people.length]!}","purpose":"${purpose}","notice":"v1","level":"asserted"}`;
    await make(clients[lane]!, '/v1/consents', { secret, body });
  };
}

await using house = await throwAwayHouse();
const { postmaster, database } = await house.figures();
const root = house.house.child.pid!; // it answers
const cpuNow = (): number => cpuOfTree(root, [postmaster]);
const clients = await Promise.all(Array.from({ length: 64 }, () => RawClient.open(house.house.port)));
const one = await prepare(clients, 'Bench', { people: PEOPLE, purposes: 900 });
const openBare = (connections: number): Promise<Database> =>
  openDatabase({ folder: house.folder, url: database, say: () => undefined, connections });
await using db = await openBare(1);
await db.query({ text: 'CREATE TABLE bare (id bigserial PRIMARY KEY, payload text NOT NULL)' });
const payload = 'x'.repeat(300);
const act = consents(clients, [one]);
const ratios = new Map<number, number[]>(CLIENTS.map((lanes) => [lanes, []]));
const cpu: number[] = [];
const syncs: number[] = [];
const latencies: number[] = [];
const rows: (string | number)[][] = [
  ['clients', 'bare commits/s', 'acts/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU ms an act', 'syncs an act'],
];

await during(2, 16, act); // warm: prepared statements, compiled code
await bare(1, 16);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const lanes of CLIENTS) {
    const rate = await bare(SECONDS, lanes);
    const syncsBefore = await countSyncs();
    const cpuBefore = cpuNow();
    const acts = await during(SECONDS, lanes, act);
    const used = (1_000 * (cpuNow() - cpuBefore)) / acts.acts;
    const synced = ((await countSyncs()) - syncsBefore) / acts.acts;
    ratios.get(lanes)!.push(acts.rate / rate.rate);
    if (lanes === 64) {
      cpu.push(used);
      syncs.push(synced);
      latencies.push(...acts.latencies);
    }
    const [p50, p99] = [percentile(acts.latencies, 50), percentile(acts.latencies, 99)];
    process.stderr.write(`round ${round + 1}, ${lanes} clients: ${acts.rate.toFixed(0)} acts/s\n`);
    rows.push(
      [lanes, rate.rate, acts.rate, acts.rate / rate.rate, p50, p99, used, synced].map((n) => Number(n.toFixed(3))),
    );
  }
}
const many: Prepared[] = [];
for (let i = 0; i < SITES; i += 1)
  many.push(await prepare(clients.slice(0, 16), `Quiet ${i}`, { people: 4, purposes: Math.ceil(24_000 / SITES) }));
process.stderr.write('the quiet sites are made\n');
const quiet = consents(clients, many);
await during(2, 64, quiet); // the same warm-up
const quietRatios: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const busy = await during(SECONDS, 64, act);
  const spread = await during(SECONDS, 64, quiet);
  quietRatios.push(spread.rate / busy.rate);
  rows.push([
    `64, ${SITES} sites`,
    '',
    Number(spread.rate.toFixed(1)),
    Number((spread.rate / busy.rate).toFixed(3)),
    '',
    '',
    '',
    '',
  ]);
}
for (const client of clients) client[Symbol.dispose]();
printTable(rows);
printFigures('write', {
  rate_vs_pg_commit_1: median(ratios.get(1)!),
  rate_vs_pg_commit_16: median(ratios.get(16)!),
  rate_vs_pg_commit_64: median(ratios.get(64)!),
  cpu_ms_per_act: median(cpu),
  syncs_per_act_64: median(syncs),
  p50_ms_64: percentile(latencies, 50),
  p99_ms_64: percentile(latencies, 99),
  rate_1000_sites_vs_1: median(quietRatios),
});

/** Bare commits over sessions of their own, which end with the run: a session that ends has told all it counted. */
async function bare(seconds: number, lanes: number): Promise<Run> {
  await using sessions = await openBare(lanes);
  return await during(seconds, lanes, async () => {
    await sessions.query({ name: 'bare', text: 'INSERT INTO bare (payload) VALUES ($1)', values: [payload] });
  });
}

/**
 * Both syncs of an act: those of PostgreSQL's log, which it counts itself, and those of the ledger's. A session of
 * PostgreSQL tells what it counted at most once a second, at the end of a transaction.
 */
async function countSyncs(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await act(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const [row] = await db.query<{ syncs: number }>({
    text: `SELECT coalesce(sum(fsyncs), 0)::int8 AS syncs FROM pg_stat_io WHERE object = 'wal'`,
  });
  return (row?.syncs ?? 0) + (await house.figures()).syncs;
}
