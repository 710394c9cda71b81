/** What the keeper and the whole of an erasure cost, with a real keeper process, database and ledger. */
import { newId } from '@visor/record';
import type { RewrapRow } from '@visor/vault';
import { median } from '../../figures.ts';
import { cpuOfTree } from '../../house/cpu.ts';
import { type HouseOnDisk, random } from './house-on-disk.ts';

const RELEASES = 2000;
const ERASURES = 60;

/** p50 of a release, asked for one at a time over the socket. */
export async function releaseMs({ keeper, site }: HouseOnDisk): Promise<number> {
  const person = newId('per', random);
  const { serial, generation, wrap } = await keeper.makePerson({ site, person });
  const key = { person, serial, generation, wrap };
  const consent = newId('con', random);
  const secret = await keeper.makeConsent({ site, key, consent });
  const asked = { site, key, consent, secret, purpose: newId('pur', random), version: 1 };
  const times: number[] = [];
  for (let at = 0; at < RELEASES; at += 1) {
    const started = performance.now();
    await keeper.release(asked);
    times.push(performance.now() - started);
  }
  return median(times);
}

/** CPU microseconds of both processes for one wrap that is turned to a new generation. */
export async function rewrapUs({ keeper, site }: HouseOnDisk): Promise<number> {
  const person = newId('per', random);
  const { serial, generation, wrap } = await keeper.makePerson({ site, person });
  const rows = Array.from({ length: 5000 }, (): RewrapRow => ({ of: 'person', person, serial, wrap }));
  await keeper.rewrap({ site, from: generation, rows });
  const rounds = 8;
  const before = cpuOfTree(process.pid);
  for (let round = 0; round < rounds; round += 1) await keeper.rewrap({ site, from: generation, rows });
  return ((cpuOfTree(process.pid) - before) * 1e6) / (rounds * rows.length);
}

/** So many people, of whom the last ones have a consent and a face; the others are rows like theirs. */
export async function fill(house: HouseOnDisk, people: number): Promise<readonly string[]> {
  const { vault, call, db, site } = house;
  const input = { name: 'bench', pictureKept: false, days: 1, asserted: false, far: 1e-4 };
  const { purpose } = (await vault.createPurpose(call(), input)).result;
  const real: string[] = [];
  for (let at = 0; at < ERASURES; at += 1) {
    const { person } = (await vault.createPerson(call(), {})).result;
    await vault.giveConsent(call(), { person, purpose, notice: 'bench', level: 'captured' });
    await vault.enrolFace(call(), { person, purpose, pictures: [new Uint8Array(1)] });
    real.push(person);
  }
  await copies(db, { site, person: real[0]!, count: people - ERASURES });
  return real;
}

/** Rows of the same size and shape as a person's, a consent's, its secret's and a face's. */
async function copies(db: HouseOnDisk['db'], of: { site: string; person: string; count: number }): Promise<void> {
  const values = [of.site, of.person, of.count];
  const name = "'copy_' || n";
  for (const [table, ids] of [
    ['person', { person: name, tag: "sha256(('tag' || n)::bytea)" }],
    ['consent', { person: name, consent: name }],
    ['consent_secret', { person: name, consent: name }],
    ['face', { person: name, consent: name, face: name }],
  ] as const) {
    const columns = await db.query<{ name: string }>({
      text: `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`,
      values: [table],
    });
    const changed: Readonly<Record<string, string>> = ids;
    const names = columns.map((column) => column.name);
    await db.query({
      text: `INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.map((one) => changed[one] ?? one).join(', ')}
        FROM ${table}, generate_series(1, $3::int) AS n WHERE site = $1 AND person = $2`,
      values,
    });
  }
}

/** p50 of an erasure from the call to the receipt: one statement, the entry durable and signed, the key burnt. */
export async function eraseMs({ vault, call }: HouseOnDisk, people: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (const person of people) {
    const started = performance.now();
    await vault.erasePerson(call(), { person });
    times.push(performance.now() - started);
  }
  return median(times);
}
