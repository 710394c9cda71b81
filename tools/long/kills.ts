/**
 * Kill -9 of the server, the keeper or PostgreSQL at random points under sixteen writers. Every writer repeats a
 * request under its own Idempotency-Key until it has an answer, as a real client does; then what was answered is
 * held against what is in the house.
 */
import { readBundle } from '@visor/case/bundle';
import { base64, type JsonObject } from '@visor/record';
import { sha256 } from '@visor/server';
import { postBytes, RawClient } from '../house/raw-client.ts';
import { type ThrowAway, throwAwayHouse } from '../house/throw-away.ts';
import type { LongResult, LongTask } from '../long-run.ts';
import { mulberry } from './kills/chance.ts';

export const name = 'kills';
export const full = 200;

const WRITERS = 16;
const VICTIMS = ['server', 'keeper', 'database'] as const;

interface Act {
  readonly idem: string;
  readonly body: string;
  answer?: { readonly consent: string; readonly index: number; readonly leaf: string };
}

interface Ground {
  readonly house: ThrowAway;
  readonly secret: string;
  readonly purpose: string;
  readonly people: readonly string[];
  readonly acts: Act[];
}

/** @returns how many kills were done; failures name the round */
export async function run({ count, seed, deadline, say }: LongTask): Promise<LongResult> {
  await using house = await throwAwayHouse();
  const chance = mulberry(seed);
  const ground = await prepare(house);
  const failures: string[] = [];
  let done = 0;
  for (; done < count && Date.now() < deadline && failures.length === 0; done += 1) {
    const victim = VICTIMS[Math.floor(chance() * VICTIMS.length)]!;
    await oneRound(ground, { victim, after: 50 + Math.floor(chance() * 900) });
    failures.push(...(await compare(ground)).map((what) => `seed ${seed}, round ${done}, ${victim} killed: ${what}`));
    if (done % 10 === 9) say(`${done + 1} kills, ${ground.acts.length} acts answered`);
  }
  return { done, failures };
}

async function prepare(house: ThrowAway): Promise<Ground> {
  const secret = await house.site('Kills');
  using client = await RawClient.open(house.house.port);
  const make = async (path: string, idem: string, body: string): Promise<JsonObject> => {
    const status = await client.ask(postBytes(house.house.port, path, { secret, idem, body }));
    if (status !== 201) throw new Error(`${path} answered ${status} before anything was killed`);
    return JSON.parse(client.last) as JsonObject; // an answer of the house
  };
  const { purpose } = await make(
    '/v1/purposes',
    'the purpose',
    '{"name":"kills","days":30,"asserted":true}'.replaceAll(' ', ''),
  );
  const people: string[] = [];
  for (let i = 0; i < WRITERS; i += 1) people.push(String((await make('/v1/people', `person-${i}`, '{}')).person));
  return { house, secret, purpose: String(purpose), people, acts: [] };
}

interface Blow {
  readonly victim: (typeof VICTIMS)[number];
  readonly after: number;
}

async function oneRound(ground: Ground, blow: Blow): Promise<void> {
  const { house } = ground;
  const figures = await house.figures();
  const pid = { server: house.house.child.pid!, keeper: figures.keeper, database: figures.postmaster }[blow.victim];
  let over = false;
  const writers = ground.people.map(async (person) => {
    while (!over) await answered(ground, newAct(ground, person));
  });
  await new Promise((resolve) => setTimeout(resolve, blow.after));
  process.kill(pid, 'SIGKILL');
  if (blow.victim === 'server') {
    await house.house.stop();
    await house.start();
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  over = true;
  await Promise.all(writers);
}

function newAct({ acts, purpose }: Ground, person: string): Act {
  const act = {
    idem: `act-${acts.length}-of-the-kills`,
    body: JSON.stringify({ person, purpose, notice: `n${acts.length}`, level: 'asserted' }),
  };
  acts.push(act);
  return act;
}

const PATIENCE_MS = 90_000;

/** The same request again and again until it is answered: 503, a broken connection and no connection are tried again. */
async function answered(ground: Ground, act: Act): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const { port } = ground.house.house;
    const body = await RawClient.open(port)
      .then(async (client) => {
        using open = client;
        const status = await open.ask(
          postBytes(port, '/v1/consents', { secret: ground.secret, idem: act.idem, body: act.body }),
        );
        if (status !== 201 && status !== 503)
          throw new Error(`answered ${status}: ${open.last.slice(0, 200)}`, { cause: 'answer' });
        return status === 201 ? open.last : undefined;
      })
      .catch((error: unknown) => {
        if (error instanceof Error && error.cause === 'answer') throw error;
        return undefined; // no connection, or one that broke: the house is down or going down
      });
    if (body !== undefined) {
      const { consent, receipt } = JSON.parse(body);
      act.answer = { consent, index: receipt.entry.index, leaf: receipt.entry.leaf };
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('an act was not answered within a minute and a half');
}

/** What was answered against what the house holds: nothing lost, nothing twice, every entry where the receipt says. */
async function compare(ground: Ground): Promise<string[]> {
  const wrong: string[] = [];
  const leaves = await allLeaves(ground);
  const seen = new Set<string>();
  for (const act of ground.acts) {
    const { answer } = act;
    if (answer === undefined) continue;
    if (seen.has(answer.consent) || seen.has(String(answer.index))) wrong.push(`${answer.consent} was answered twice`);
    seen.add(answer.consent).add(String(answer.index));
    if (leaves.get(answer.index) !== answer.leaf) wrong.push(`entry ${answer.index} is not the one that was answered`);
  }
  const fixed = 2 + 1 + ground.people.length; // site, key, purpose, people
  const bundles = leaves.size - fixed - ground.acts.length;
  if (bundles !== ground.house.folder.length * 0 + countOf(ground))
    wrong.push(`${bundles} entries too many or too few`);
  return wrong.slice(0, 5);
}

const bundlesMade = new WeakMap<Ground, number>();
const countOf = (ground: Ground): number => bundlesMade.get(ground) ?? 0;

async function allLeaves(ground: Ground): Promise<Map<number, string>> {
  const { port } = ground.house.house;
  using client = await RawClient.open(port);
  const leaves = new Map<number, string>();
  for (let from = 0; ; ) {
    const made = bundlesMade.get(ground) ?? 0;
    const idem = `bundle-${made}-${from}-of-kills`;
    const status = await client.ask(
      postBytes(port, '/v1/bundles', { secret: ground.secret, idem, body: `{"from":${from},"limit":1000}` }),
    );
    if (status !== 201) throw new Error(`the bundle was answered ${status}: ${client.last.slice(0, 200)}`);
    bundlesMade.set(ground, made + 1);
    const { bytes } = JSON.parse(client.last);
    const { entries } = readBundle(sha256, new Uint8Array(Buffer.from(bytes, 'base64')));
    for (const { entry } of entries) leaves.set(entry.index, base64(Buffer.from(entry.leaf, 'base64')));
    if (entries.length < 1_001) return leaves;
    from += 1_000;
  }
}
