/**
 * Kill -9 of the server, the keeper or PostgreSQL at random points under sixteen writers. Every writer repeats a
 * request under its own Idempotency-Key until it has an answer, as a real client does; then what was answered is
 * held against what is in the house.
 */
import { postBytes, RawClient } from '../house/raw-client.ts';
import { type ThrowAway, throwAwayHouse } from '../house/throw-away.ts';
import { type LongResult, type LongTask, seeded } from '../long-run.ts';
import { Finding } from './kills/finding.ts';
import { publishedLeaves } from './kills/published-leaves.ts';

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
  readonly origin: string;
  readonly acts: Act[];
}

const ENTERED_BEFORE = 2; // site and key

/** Each keeper that dies takes reserved reading budget with it, as designed: a site bears so many kills an hour. */
const KILLS_A_SITE = 6;

/** @returns how many kills were done; failures name the round */
export async function run({ count, seed, deadline, say }: LongTask): Promise<LongResult> {
  await using house = await throwAwayHouse();
  const chance = seeded(seed);
  const failures: string[] = [];
  let [done, acts] = [0, 0];
  let ground: Ground = { house, secret: '', origin: '', acts: [] };
  for (; done < count && Date.now() < deadline && failures.length === 0; done += 1) {
    if (done % KILLS_A_SITE === 0) ground = { house, ...(await house.site(`Kills ${done}`)), acts: [] };
    const before = ground.acts.length;
    const victim = VICTIMS[Math.floor(chance() * VICTIMS.length)]!;
    const wrong = await judged(ground, { victim, after: 50 + Math.floor(chance() * 900) });
    failures.push(...wrong.map((what) => `seed ${seed}, round ${done}, ${victim} killed: ${what}`));
    acts += ground.acts.length - before;
    if (done % 10 === 9) say(`${done + 1} kills, ${acts} acts answered`);
  }
  return { done, failures };
}

/** One round and the look at what it left; an answer that no client can understand is a finding too. */
async function judged(ground: Ground, blow: Blow): Promise<string[]> {
  try {
    await oneRound(ground, blow);
    return await compare(ground);
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    return [error.message];
  }
}

interface Blow {
  readonly victim: (typeof VICTIMS)[number];
  readonly after: number; // ms under load before it falls
}

async function oneRound(ground: Ground, blow: Blow): Promise<void> {
  const { house } = ground;
  const figures = await house.figures();
  const pid = { server: house.house.child.pid!, keeper: figures.keeper, database: figures.postmaster }[blow.victim];
  let over = false;
  const writers = Array.from({ length: WRITERS }, async () => {
    while (!over) await answered(ground, newAct(ground));
  });
  const written = Promise.allSettled(writers); // a writer may find something before the blow has fallen
  await wait(blow.after);
  process.kill(pid, 'SIGKILL');
  if (blow.victim === 'server') {
    await house.house.stop();
    await house.start();
  }
  await wait(300);
  over = true;
  for (const writer of await written) if (writer.status === 'rejected') throw writer.reason;
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
      throw new Finding(`answered ${said.status}: ${said.body.slice(0, 200)}`);
    await wait(20);
  }
  throw new Finding('an act was not answered within a minute and a half');
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

/** What was answered against the public files: nothing lost, nothing twice, every entry where the receipt says. */
async function compare(ground: Ground): Promise<string[]> {
  const wrong: string[] = [];
  const expected = ENTERED_BEFORE + ground.acts.length;
  const leaves = await publishedLeaves(`${ground.house.folder}/ledger`, { origin: ground.origin, size: expected });
  const people = new Set<string>();
  for (const { answer } of ground.acts) {
    if (answer === undefined) continue;
    if (people.has(answer.person)) wrong.push(`two acts were answered with ${answer.person}`);
    people.add(answer.person);
    if (leaves[answer.index] !== answer.leaf) wrong.push(`entry ${answer.index} is not the one that was answered`);
  }
  if (leaves.length !== expected) wrong.push(`${leaves.length} entries where ${expected} acts were done`);
  return wrong.slice(0, 5);
}
