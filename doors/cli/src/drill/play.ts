import { availableParallelism } from 'node:os';
import { base64 } from '@visor/record';
import { atOnce } from './at-once.ts';
import { type Client, must } from './client.ts';
import type { Drawn } from './drawings.ts';

/** The operating point of the drill: one false accept in 100,000, since a door that anybody opens is no door. */
export const FAR = 0.00001;

interface Tally {
  readonly tried: number;
  readonly accepted: number;
}

export interface Played {
  readonly enrolled: number;
  readonly genuine: Tally;
  readonly impostor: Tally;
  readonly wrongPurpose: 'refused' | 'opened';
  readonly references: readonly string[];
  /** How many entries the site's log holds at the end. */
  readonly entries: number;
}

interface Enrolled {
  readonly person: string;
  readonly face: string;
  readonly drawn: Drawn;
}

const spelled = (picture: Uint8Array): string => Buffer.from(picture).toString('base64');
const referenceOf = (drawn: Drawn): string => `Drawn Person ${drawn.id} of the seal drill`;

/** The people of the drill come in: enrol, come back, come as somebody else, ask under another purpose. */
export async function playSeal(client: Client, people: readonly Drawn[]): Promise<Played> {
  const lanes = 2 * availableParallelism();
  const door = await makePurpose(client, 'drill.door', true);
  const other = await makePurpose(client, 'drill.other', false);
  const enrolled = await atOnce(people, lanes, (drawn) => enrol(client, door, drawn));
  const genuine = enrolled.flatMap((one) =>
    one.drawn.pictures.slice(1).map((picture) => ({ person: one.person, picture })),
  );
  const impostor = enrolled.flatMap((one, i) =>
    enrolled.slice(i + 1).map((another, j) => ({
      person: one.person,
      picture: another.drawn.pictures[1 + ((i + j) % (another.drawn.pictures.length - 1))]!,
    })),
  );
  const tally = async (tries: readonly { person: string; picture: Uint8Array }[]): Promise<Tally> => {
    const decisions = await atOnce(tries, lanes, async ({ person, picture }) =>
      must(client.post('/v1/verifications', { person, purpose: door, picture: spelled(picture) })),
    );
    return { tried: tries.length, accepted: decisions.filter(({ decision }) => decision === 'accept').length };
  };
  const [genuineTally, impostorTally] = [await tally(genuine), await tally(impostor)];
  const first = enrolled[0]!;
  const wrong = await client.post('/v1/verifications', {
    person: first.person,
    purpose: other,
    picture: spelled(first.drawn.pictures[1]!),
  });
  await must(client.post('/v1/openings', { face: first.face }, { 'visor-reason': 'seal drill: one opening' }));
  const log = await must(client.get('/v1/entries'));
  return {
    enrolled: enrolled.length,
    genuine: genuineTally,
    impostor: impostorTally,
    wrongPurpose: wrong.status === 403 && wrong.body.code === 'vault.consent.missing' ? 'refused' : 'opened',
    references: people.map(referenceOf),
    entries: Number(log.size),
  };
}

async function makePurpose(client: Client, name: string, pictureKept: boolean): Promise<string> {
  const made = await must(
    client.post('/v1/purposes', { name, days: 1, asserted: true, picture_kept: pictureKept, far: FAR }),
  );
  return String(made.purpose);
}

async function enrol(client: Client, purpose: string, drawn: Drawn): Promise<Enrolled> {
  const { person } = await must(client.post('/v1/people', { reference: referenceOf(drawn) }));
  await must(client.post('/v1/consents', { person: String(person), purpose, notice: 'drill-1', level: 'asserted' }));
  const picture = base64(drawn.pictures[0]!);
  const { face } = await must(client.post('/v1/faces', { person: String(person), purpose, pictures: [picture] }));
  return { person: String(person), face: String(face), drawn };
}
