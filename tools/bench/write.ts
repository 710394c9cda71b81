/**
 * The whole write path against bare PostgreSQL commits, interleaved on one server: HTTP in, one statement, its own
 * durable ledger entry with sealed groups, a signed head and the inclusion proof out.
 */
import { randomUUID } from 'node:crypto';
import { openDatabase } from '@visor/storage';
import { median, percentile, printFigures, printTable } from '../figures.ts';
import { cpuOfTree } from '../house/cpu.ts';
import { postBytes, RawClient } from '../house/raw-client.ts';
import { type ThrowAway, throwAwayHouse } from '../house/throw-away.ts';

const CLIENTS = [1, 16, 64] as const;
const SECONDS = Number(process.env.VISOR_BENCH_SECONDS ?? 4);
const ROUNDS = 3;
const PEOPLE = 400;
const SITES = 1_000;

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
  readonly purpose: string;
  readonly people: readonly string[];
}

async function prepare(house: ThrowAway, name: string, people: number): Promise<Prepared> {
  const secret = await house.site(name);
  using client = await RawClient.open(house.house.port);
  const make = async (path: string, body: string): Promise<Record<string, unknown>> => {
    const status = await client.ask(postBytes(house.house.port, path, { secret, idem: randomUUID(), body }));
    if (status !== 201) throw new Error(`${path} answered ${status}: ${client.last.slice(0, 200)}`);
    return JSON.parse(client.last) as Record<string, unknown>; // an answer of the house
  };
  const { purpose } = await make('/v1/purposes', '{"name":"bench","days":30,"asserted":true}');
  const made: string[] = [];
  for (let i = 0; i < people; i += 1) made.push(String((await make('/v1/people', '{}')).person));
  return { secret, purpose: String(purpose), people: made };
}

/** One consent a call, each time for the next person: different rows, as real acts are. */
function consents(house: ThrowAway, clients: readonly RawClient[], sites: readonly Prepared[]): Ask {
  let next = 0;
  return async (lane) => {
    const at = next++;
    const site = sites[at % sites.length]!;
    const person = site.people[Math.floor(at / sites.length) % site.people.length]!;
    const body = `{"person":"${person}","purpose":"${site.purpose}","notice":"v${Math.floor(at / PEOPLE)}","level":"asserted"}`;
    const client = clients[lane]!;
    const status = await client.ask(
      postBytes(house.house.port, '/v1/consents', { secret: site.secret, idem: randomUUID(), body }),
    );
    if (status !== 201) throw new Error(`a consent was answered ${status}: ${client.last.slice(0, 300)}`);
  };
}

await using house = await throwAwayHouse();
const { postmaster, database } = await house.figures();
const root = house.house.child.pid!; // it answers
const cpuNow = (): number => cpuOfTree(root, [postmaster]);
const one = await prepare(house, 'Bench', PEOPLE);
await using db = await openDatabase({
  folder: house.folder,
  url: database,
  say: () => undefined,
  connections: 64,
});
await db.query({ text: 'CREATE TABLE bare (id bigserial PRIMARY KEY, payload text NOT NULL)' });
const payload = 'x'.repeat(300);
const bare: Ask = async () => {
  await db.query({ name: 'bare', text: 'INSERT INTO bare (payload) VALUES ($1)', values: [payload] });
};
const clients = await Promise.all(Array.from({ length: 64 }, () => RawClient.open(house.house.port)));
const act = consents(house, clients, [one]);
const ratios = new Map<number, number[]>(CLIENTS.map((lanes) => [lanes, []]));
const cpu: number[] = [];
const syncs: number[] = [];
const latencies: number[] = [];
const rows: (string | number)[][] = [
  ['clients', 'bare commits/s', 'acts/s', 'ratio', 'p50 ms', 'p99 ms', 'CPU ms an act', 'syncs an act'],
];

await during(2, 16, act); // warm: prepared statements, compiled code
await during(1, 16, bare);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const lanes of CLIENTS) {
    const rate = await during(SECONDS, lanes, bare);
    const before = { cpu: cpuNow(), syncs: await countSyncs() };
    const acts = await during(SECONDS, lanes, act);
    const used = (1_000 * (cpuNow() - before.cpu)) / acts.acts;
    const synced = ((await countSyncs()) - before.syncs) / acts.acts;
    ratios.get(lanes)!.push(acts.rate / rate.rate);
    if (lanes === 64) {
      cpu.push(used);
      syncs.push(synced);
      latencies.push(...acts.latencies);
    }
    const [p50, p99] = [percentile(acts.latencies, 0.5), percentile(acts.latencies, 0.99)];
    rows.push(
      [lanes, rate.rate, acts.rate, acts.rate / rate.rate, p50, p99, used, synced].map((n) => Number(n.toFixed(3))),
    );
  }
}
const many: Prepared[] = [];
for (let i = 0; i < SITES; i += 1) many.push(await prepare(house, `Quiet ${i}`, 1));
const quiet = consents(house, clients, many);
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
  p50_ms_64: percentile(latencies, 0.5),
  p99_ms_64: percentile(latencies, 0.99),
  rate_1000_sites_vs_1: median(quietRatios),
});

/** Both syncs of an act: those of PostgreSQL's log, which it counts itself, and those of the ledger's. */
async function countSyncs(): Promise<number> {
  const [row] = await db.query<{ syncs: number }>({
    text: `SELECT coalesce(sum(fsyncs), 0)::int8 AS syncs FROM pg_stat_io WHERE object = 'wal'`,
  });
  return (row?.syncs ?? 0) + (await house.figures()).syncs;
}
