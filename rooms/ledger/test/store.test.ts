/** The store on a real disk with a real PostgreSQL: what its statements do, and what a restart finds. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { leafHash, openCheckpoint, type PreparedEntry, prepareEntry, verifyInclusion } from '@visor/ledger';
import { checkLedger, type Ledger, type LogRef, openLedger, type Timers } from '@visor/ledger/store';
import { hex, idOf, instant, Refusal } from '@visor/record';
import { type Database, oneTrip, type SqlPart } from '@visor/storage';
import { freshFolder, freshTables } from './database.ts';
import { OwnKeeper } from './keeper.ts';
import { seeded, sha256, toolsWith, verifyEd25519 } from './tools.ts';

let db: Database;
before(async () => {
  db = await freshTables();
});
after(() => db.stop());

const random = seeded(1);
const tools = toolsWith(random);
const GATE: SqlPart = { name: 'gate', text: 'SELECT 1 AS may', values: [] };
const CLOSED: SqlPart = { name: 'gate', text: 'SELECT 1 AS may WHERE false', values: [] };

/** Timers that go off when the test says so. */
class Hand implements Timers {
  #works = new Set<() => void>();

  after(_milliseconds: number, work: () => void): () => void {
    this.#works.add(work);
    return () => this.#works.delete(work);
  }

  fire(): void {
    const due = this.#works;
    this.#works = new Set();
    for (const work of due) work();
  }
}

interface House {
  readonly folder: string;
  readonly keeper: OwnKeeper;
  readonly hand: Hand;
  readonly log: LogRef;
  clock: number;
}

async function freshHouse(): Promise<House> {
  await db.transaction((sql) => sql.script('TRUNCATE outbox RESTART IDENTITY; DELETE FROM lease'));
  const site = idOf('sit', random(16));
  const log = { site, origin: `visor.invalid/${site}/1` };
  return {
    folder: await freshFolder(),
    keeper: new OwnKeeper(random(32)),
    hand: new Hand(),
    log,
    clock: 1_767_225_600_000,
  };
}

const open = (house: House): Promise<Ledger> =>
  openLedger({
    ...{ folder: house.folder, signer: house.keeper, publicKey: house.keeper.publicKey, prefix: 'visor.invalid/' },
    ...{ db, random, timers: house.hand, now: () => instant(house.clock), say: () => undefined },
    sizes: { segment: 256 * 1024, reserve: 256 * 1024 },
  });

const prepared = (): PreparedEntry =>
  prepareEntry(tools, {
    ...{ kind: 'person.created', id: random(16), tags: {} },
    groups: [{ slot: 1, seed: random(32), values: { person: 'per_one', reference: 'r' } }],
  });

/** One act: its statement, committed; the ids of the rows that it queued. */
async function act(ledger: Ledger, log: LogRef, entry: PreparedEntry): Promise<readonly unknown[]> {
  return db.query(oneTrip([GATE, ledger.part(log, entry, 'gate')], 'SELECT id FROM outboxed'));
}

async function entered(ledger: Ledger, log: LogRef, count: number): Promise<readonly PreparedEntry[]> {
  const entries = Array.from({ length: count }, prepared);
  await Promise.all(
    entries.map(async (entry) => {
      await act(ledger, log, entry);
      await ledger.enter(log, entry);
    }),
  );
  return entries;
}

interface Row {
  readonly entry_index: number | null;
  readonly sealed: boolean;
}
const rows = (): Promise<readonly Row[]> =>
  db.query<Row>({ text: 'SELECT entry_index, prepared IS NOT NULL AS sealed FROM outbox ORDER BY entry_index' });

test('an act and its entry are one statement; the row keeps the place and not the sealed groups', async () => {
  const house = await freshHouse();
  {
    await using ledger = await open(house);
    const [first, second] = await entered(ledger, house.log, 2);
    assert.notDeepEqual(await ledger.find(house.log.site, first!.id), await ledger.find(house.log.site, second!.id));
    assert.deepEqual(
      (await rows()).map(({ sealed }) => sealed),
      [true, true],
    ); // marking is lazy
  }
  assert.deepEqual(await rows(), [
    { entry_index: 0, sealed: false },
    { entry_index: 1, sealed: false },
  ]);
});

test('an act that may not happen leaves no row', async () => {
  const house = await freshHouse();
  await using ledger = await open(house);
  const parts = [CLOSED, ledger.part(house.log, prepared(), 'gate')];
  assert.deepEqual(await db.query(oneTrip(parts, 'SELECT id FROM outboxed')), []);
  assert.deepEqual(await rows(), []);
});

test('sixty-four writers get sixty-four places, and every proof holds under the head that came with it', async () => {
  const house = await freshHouse();
  await using ledger = await open(house);
  const answers = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const entry = prepared();
      await act(ledger, house.log, entry);
      return ledger.enter(house.log, entry);
    }),
  );
  assert.equal(new Set(answers.map(({ index }) => index)).size, 64);
  for (const { leaf, index, size, note, proof } of answers) {
    const { root } = openCheckpoint({ sha256, verify: verifyEd25519 }, note, house.keeper.publicKey);
    verifyInclusion(sha256, { leafHash: leafHash(sha256, leaf), index, size, proof: await proof(), root });
  }
  assert.ok(ledger.syncs < 64, `${ledger.syncs} syncs`);
});

test('a transaction that was held open while others were entered is entered when it commits', async () => {
  const house = await freshHouse();
  await using ledger = await open(house);
  const late = prepared();
  await db.transaction(async (sql) => {
    await sql.query(oneTrip([GATE, ledger.part(house.log, late, 'gate')], 'SELECT id FROM outboxed'));
    await entered(ledger, house.log, 5); // of later ids, entered and marked before this one can be seen
    house.clock += 60_000;
    house.hand.fire();
    assert.equal(await ledger.find(house.log.site, late.id), undefined);
  });
  house.clock += 60_000;
  house.hand.fire();
  assert.equal((await ledger.enter(house.log, late)).index, 5);
  const found = await db.query<{ id: number; entry_index: number | null }>({
    text: 'SELECT id, entry_index FROM outbox ORDER BY id',
  });
  assert.equal(found[0]!.id, 1);
});

test('a row that another process committed is swept in', async () => {
  const house = await freshHouse();
  const other = await open(house);
  const entry = prepared();
  await act(other, house.log, entry);
  await using ledger = await open(house); // as after a crash of the other, which never entered it
  assert.equal((await ledger.enter(house.log, entry)).index, 0);
  assert.equal(ledger.entries, 1);
  await other[Symbol.asyncDispose]();
});

test('after a crash rows that stand in frames are marked and not entered again', async () => {
  const house = await freshHouse();
  const crashed = await open(house);
  const entries = await entered(crashed, house.log, 20);
  assert.ok((await rows()).every(({ entry_index }) => entry_index === null));
  await using ledger = await open(house); // nothing of the first was stopped or marked
  assert.ok((await rows()).every(({ entry_index, sealed }) => entry_index !== null && !sealed));
  assert.equal(ledger.entries, 20);
  const places = await Promise.all(entries.map(({ id }) => ledger.find(house.log.site, id)));
  assert.equal(new Set(places.map((place) => place?.index)).size, 20);
  for (const [i, { id }] of entries.entries()) {
    assert.equal(hex((await ledger.read(house.log.origin, places[i]!.index!)).id), hex(id));
  }
  await crashed[Symbol.asyncDispose]();
});

test('each opening takes a higher lease, and the earlier one enters nothing more', async () => {
  const house = await freshHouse();
  const first = await open(house);
  await using second = await open(house);
  const [lease] = await db.query<{ number: number }>({ text: 'SELECT number FROM lease' });
  assert.equal(lease?.number, 2);
  const entry = prepared();
  await act(first, house.log, entry);
  await assert.rejects(
    first.enter(house.log, entry),
    (error) => error instanceof Refusal && error.code === 'keeper.lease',
  );
  await first[Symbol.asyncDispose]();
  const [still] = await db.query<{ number: number; until: number }>({ text: 'SELECT number, until FROM lease' });
  assert.equal(still?.number, 2);
  assert.ok((still?.until ?? 0) > house.clock, 'the old one does not let go of the new one’s lease');
  assert.equal((await second.enter(house.log, entry)).index, 0);
});

test('an entry is found by its own site only', async () => {
  const house = await freshHouse();
  {
    await using ledger = await open(house);
    const [entry] = await entered(ledger, house.log, 1);
    assert.deepEqual(await ledger.find(house.log.site, entry!.id), { index: 0 });
    assert.equal(await ledger.find(idOf('sit', random(16)), entry!.id), undefined);
  }
});

test('logs of several sites share one frame and have trees of their own', async () => {
  const house = await freshHouse();
  const other = { site: idOf('sit', random(16)), origin: 'visor.invalid/other/1' };
  {
    await using ledger = await open(house);
    await Promise.all([entered(ledger, house.log, 30), entered(ledger, other, 7)]);
    assert.equal((await ledger.head(house.log.origin))?.size, 30);
    assert.equal((await ledger.head(other.origin))?.size, 7);
  }
  const { findings, logs, leaves } = await checkLedger({ folder: house.folder, verify: verifyEd25519 });
  assert.deepEqual(findings, []);
  assert.equal(leaves, 37);
  assert.deepEqual(
    logs.map(({ size, published }) => size === published),
    [true, true],
  );
});

test('a folder is only the house’s to read, and nothing in it says whom an entry is about', async () => {
  const house = await freshHouse();
  {
    await using ledger = await open(house);
    await entered(ledger, house.log, 3);
  }
  const names = await readdir(house.folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.some((path) => path.endsWith('.wal')) && files.some((path) => path.endsWith('checkpoint')));
  for (const path of files) {
    const bytes = await readFile(path);
    for (const word of ['per_one', 'person.created', 'reference'])
      assert.ok(!bytes.includes(word), `${word} in ${path}`);
  }
});
