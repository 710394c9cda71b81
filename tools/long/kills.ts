/**
 * Kill -9 of the server, the keeper or PostgreSQL at random points under sixteen writers. Every writer repeats a
 * request under its own Idempotency-Key until it has an answer, as a real client does; then what was answered is
 * held against what is in the house.
 */
import { readBundle } from '@visor/case/bundle';
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
  answer?: { readonly person: string; readonly index: number; readonly leaf: string };
}

interface Ground {
  readonly house: ThrowAway;
  readonly secret: string;
  readonly acts: Act[];
  /** Bundles made to look inside; each is an entry too. */
  bundles: number;
}

const ENTERED_BEFORE = 2; // site and key

/** @returns how many kills were done; failures name the round */
export async function run({ count, seed, deadline, say }: LongTask): Promise<LongResult> {
  await using house = await throwAwayHouse();
  const chance = mulberry(seed);
  const ground: Ground = { house, secret: await house.site('Kills'), acts: [], bundles: 0 };
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

interface Blow {
  readonly victim: (typeof VICTIMS)[number];
  readonly after: number;
}

async function oneRound(ground: Ground, blow: Blow): Promise<void> {
  const { house } = ground;
  const figures = await house.figures();
  const pid = { server: house.house.child.pid!, keeper: figures.keeper, database: figures.postmaster }[blow.victim];
  let over = false;
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!over) await answered(ground, newAct(ground));
  });
  await wait(blow.after);
  process.kill(pid, 'SIGKILL');
  if (blow.victim === 'server') {
    await house.house.stop();
    await house.start();
  }
  await wait(300);
  over = true;
  await Promise.all(writers);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function newAct({ acts }: Ground): Act {
  const act = {
    idem: `act-${acts.length}-of-the-kills`,
    body: JSON.stringify({ reference: `account ${acts.length}` }),
  };
  acts.push(act);
  return act;
}

const PATIENCE_MS = 90_000;

/** The same request again and again until it is answered: 503, a broken connection and no connection are tried again. */
async function answered(ground: Ground, act: Act): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const said = await asked(ground, act);
    if (said?.status === 201) {
      const { person, receipt } = JSON.parse(said.body);
      act.answer = { person, index: receipt.entry.index, leaf: receipt.entry.leaf };
      return;
    }
    if (said !== undefined && said.status !== 503)
      throw new Error(`answered ${said.status}: ${said.body.slice(0, 200)}`);
    await wait(20);
  }
  throw new Error('an act was not answered within a minute and a half');
}

/** Undefined while there is no connection, or where it broke: the house is down or going down. */
async function asked(
  { house, secret }: Ground,
  { idem, body }: Act,
): Promise<{ status: number; body: string } | undefined> {
  const { port } = house.house;
  try {
    using client = await RawClient.open(port);
    return { status: await client.ask(postBytes(port, '/v1/people', { secret, idem, body })), body: client.last };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}

/** What was answered against what the house holds: nothing lost, nothing twice, every entry where the receipt says. */
async function compare(ground: Ground): Promise<string[]> {
  const wrong: string[] = [];
  const leaves = await allLeaves(ground);
  const people = new Set<string>();
  for (const { answer } of ground.acts) {
    if (answer === undefined) continue;
    if (people.has(answer.person)) wrong.push(`${answer.person} was made twice`);
    people.add(answer.person);
    if (leaves.get(answer.index) !== answer.leaf) wrong.push(`entry ${answer.index} is not the one that was answered`);
  }
  const expected = ENTERED_BEFORE + ground.acts.length + ground.bundles;
  if (leaves.size !== expected) wrong.push(`${leaves.size} entries where ${expected} acts were done`);
  return wrong.slice(0, 5);
}

const PIECE = 1_000;

async function allLeaves(ground: Ground): Promise<Map<number, string>> {
  const { port } = ground.house.house;
  using client = await RawClient.open(port);
  const leaves = new Map<number, string>();
  for (let from = 0; ; from += PIECE) {
    const idem = `bundle-${ground.bundles}-of-kills`;
    const body = JSON.stringify({ from, limit: PIECE });
    const status = await client.ask(postBytes(port, '/v1/bundles', { secret: ground.secret, idem, body }));
    if (status !== 201) throw new Error(`the bundle was answered ${status}: ${client.last.slice(0, 200)}`);
    ground.bundles += 1;
    const { bytes } = JSON.parse(client.last);
    const { entries } = readBundle(sha256, new Uint8Array(Buffer.from(bytes, 'base64')));
    for (const { entry } of entries) leaves.set(entry.index, entry.leaf);
    if (entries.length <= PIECE) return leaves;
  }
}
