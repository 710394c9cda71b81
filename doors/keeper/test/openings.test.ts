import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kind, leafBytes, prepareEntry } from '@visor/ledger';
import { type Bytes, equalBytes, type Instant, instant, type JsonObject, newId } from '@visor/record';
import type { GroupKey, ShownEntry } from '@visor/vault';
import { random, releaseOf, type TestKeeper, type TestPerson, testKeeper, testPerson } from './keeper-folder.ts';
import { tools } from './node-tools.ts';

/** RFC 6962, sections 2.1 and 2.1.1, as they are written there. */
const leafHash = (leaf: Bytes): Bytes => tools.sha256(Buffer.concat([Buffer.of(0), leaf]));
const split = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));
function rootOf(leaves: readonly Bytes[]): Bytes {
  if (leaves.length === 1) return leafHash(leaves[0]!);
  const k = split(leaves.length);
  return tools.sha256(Buffer.concat([Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k))]));
}
function pathOf(index: number, leaves: readonly Bytes[]): Bytes[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...pathOf(index, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...pathOf(index - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

const LOGS = new Map<string, Bytes[]>();

/** Appends a leaf to a site's log, behind another one, and answers where it stands and how it is proved. */
async function appended(held: TestKeeper, origin: string, leaf: Bytes) {
  const leaves = LOGS.get(origin) ?? [];
  const more = [leafBytes({ time: instant(0), granularity: 0, padClass: 3, fieldRoot: random(32) }), leaf];
  const [head] = await held.port.sign({ lease: 1, logs: [{ origin, from: leaves.length, leaves: more }] });
  const all = [...leaves, ...more];
  LOGS.set(origin, all);
  assert.ok(equalBytes(rootOf(all), head!.root));
  const index = all.length - 1;
  return { index, leaf, size: all.length, proof: pathOf(index, all), checkpoint: head!.note };
}

interface Intended {
  readonly kind?: Kind;
  readonly subject?: JsonObject;
  readonly time?: Instant;
  readonly by?: string;
}

const organisationKey = (of: TestPerson): GroupKey => ({ of: 'organisation', owner: '', ...of.organisation });
const subjectKey = ({ key, group }: TestPerson): GroupKey => ({ of: 'person', key, group });

/** Enters an entry as a ledger would, and answers what the keeper is shown. */
async function entered(held: TestKeeper, of: TestPerson, with_: Intended = {}): Promise<ShownEntry> {
  const kind = with_.kind ?? 'open.intended';
  const groups = [
    { slot: 0, key: organisationKey(of), values: { act: 'act', at: 'now', by: with_.by ?? 'key_clerk', role: 'key' } },
    {
      slot: 1,
      key: subjectKey(of),
      values: with_.subject ?? {
        person: of.key.person,
        purpose: of.purpose,
        consent: of.consent,
        what: 'picture',
        reason: 'x',
      },
    },
  ];
  const { entry, seeds } = await held.port.writeSeeds({
    site: of.site,
    groups: groups.map(({ slot, key }) => ({ slot, key })),
  });
  const prepared = prepareEntry(tools, {
    ...{ kind, id: entry, tags: {} },
    groups: groups.map(({ slot, values }, at) => ({ slot, values, seed: seeds[at]! })),
  });
  const { padClass, fieldRoot, roots } = prepared;
  const time = with_.time ?? instant(held.clock.at);
  const leaf = leafBytes({ time, granularity: 0, padClass, fieldRoot });
  return { ...(await appended(held, of.origin, leaf)), entry, roots, kind, groups };
}

const face = newId('fac', random);

async function pictureOf(held: TestKeeper, of: TestPerson): Promise<{ key: Bytes; wrap: Bytes }> {
  const key = random(32);
  return { key, wrap: await held.port.wrapPicture({ ...releaseOf(of), face, picture: key }) };
}

test('an intended opening gives the key of its picture, once', async () => {
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  const { key, wrap } = await pictureOf(held, person);
  const asked = { ...releaseOf(person), face, picture: wrap, opening: await entered(held, person) };
  const released = await held.port.releaseForOpening(asked);
  assert.ok(equalBytes(released.pictureKey, key));
  await assert.rejects(held.port.releaseForOpening(asked), { code: 'keeper.opening.used' });
  await held.crash();
  await assert.rejects(held.port.releaseForOpening(asked), { code: 'keeper.opening.used' });
});

test('nothing else opens a picture', async () => {
  const proof = { name: 'Refusal', code: 'keeper.opening.proof' };
  type Change = (shown: ShownEntry) => ShownEntry;
  const changes: readonly (readonly [string, Change])[] = [
    [
      'a leaf that was made up',
      (shown) => ({ ...shown, leaf: shown.leaf.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }),
    ],
    [
      'a leaf with another time',
      (shown) => ({ ...shown, leaf: shown.leaf.map((byte, at) => (at === 12 ? byte ^ 1 : byte)) }),
    ],
    ['another place', (shown) => ({ ...shown, index: 0 })],
    ['no proof', (shown) => ({ ...shown, proof: [] })],
    ['a proof of something else', (shown) => ({ ...shown, proof: [random(32)] })],
    ['another size', (shown) => ({ ...shown, size: 3 })],
    ['a head that nobody signed', (shown) => ({ ...shown, checkpoint: shown.checkpoint.replace('\n2\n', '\n3\n') })],
    ['a head that is no head', (shown) => ({ ...shown, checkpoint: 'hello' })],
    ['a root that was put in', (shown) => ({ ...shown, roots: [random(32), ...shown.roots.slice(1)] })],
    ['a decoy root that was put in', (shown) => ({ ...shown, roots: [...shown.roots.slice(0, 7), random(32)] })],
    ['fewer roots', (shown) => ({ ...shown, roots: shown.roots.slice(1) })],
    ['no group of the organisation', (shown) => ({ ...shown, groups: shown.groups.slice(1) })],
    ['no group of the subject', (shown) => ({ ...shown, groups: shown.groups.slice(0, 1) })],
    ['a group twice', (shown) => ({ ...shown, groups: [...shown.groups, shown.groups[0]!] })],
    ['another kind', (shown) => ({ ...shown, kind: 'open.done' })],
    ['a kind that there is not', (shown) => ({ ...shown, kind: 'open.sesame' })],
    ['another entry id', (shown) => ({ ...shown, entry: random(16) })],
    ['a reason that was not entered', (shown) => withSubject(shown, { reason: 'another' })],
    ['a field that there is not', (shown) => withSubject(shown, { nothing: 1 })],
  ];
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  const { wrap } = await pictureOf(held, person);
  const opening = await entered(held, person);
  const asked = { ...releaseOf(person), face, picture: wrap };
  for (const [what, change] of changes) {
    await assert.rejects(held.port.releaseForOpening({ ...asked, opening: change(opening) }), proof, what);
  }
  await held.port.releaseForOpening({ ...asked, opening }); // none of them used it up
});

const withSubject = (shown: ShownEntry, more: JsonObject): ShownEntry => ({
  ...shown,
  groups: shown.groups.map((group) => (group.slot === 1 ? { ...group, values: { ...group.values, ...more } } : group)),
});

test('an entry that says something else opens nothing', async () => {
  const cases: readonly (readonly [string, (of: TestPerson, at: number) => Intended])[] = [
    ['it is eleven minutes old', (_, at) => ({ time: instant(at - 11 * 60_000) })],
    ['it lies ahead', (_, at) => ({ time: instant(at + 5 * 60_000) })],
    ['it names another person', (of) => ({ subject: { ...named(of), person: newId('per', random) } })],
    ['it names another purpose', (of) => ({ subject: { ...named(of), purpose: newId('pur', random) } })],
    ['it names another consent', (of) => ({ subject: { ...named(of), consent: newId('con', random) } })],
    ['it names nothing', () => ({ subject: {} })],
    ['it is of another kind', (of) => ({ kind: 'open.done', subject: named(of) })],
  ];
  for (const [what, make] of cases) {
    await using held = await testKeeper();
    const person = await testPerson(held.port);
    const { wrap } = await pictureOf(held, person);
    const opening = await entered(held, person, make(person, held.clock.at));
    const asked = { ...releaseOf(person), face, picture: wrap, opening };
    await assert.rejects(held.port.releaseForOpening(asked), { code: 'keeper.opening.proof' }, what);
  }
});

const named = (of: TestPerson) => ({ person: of.key.person, purpose: of.purpose, consent: of.consent });

test("one person's entry opens nothing of another person", async () => {
  await using held = await testKeeper();
  const one = await testPerson(held.port);
  const two = await testPerson(held.port, one);
  const opening = await entered(held, one);
  const { wrap } = await pictureOf(held, two);
  const asked = { ...releaseOf(two), face, picture: wrap, opening };
  await assert.rejects(held.port.releaseForOpening(asked), { code: 'keeper.opening.proof' });
  // nor does an entry that says it is about the other, in a group of one's own
  const lie = await entered(held, one, { subject: { ...named(two), what: 'picture' } });
  await assert.rejects(held.port.releaseForOpening({ ...asked, opening: lie }), { code: 'keeper.opening.proof' });
});

test("a head of another site's log is not one of this site", async () => {
  await using held = await testKeeper();
  const one = await testPerson(held.port);
  const elsewhere = await testPerson(held.port);
  const { wrap } = await pictureOf(held, one);
  const opening = await entered(held, one);
  const other = await entered(held, elsewhere);
  const asked = { ...releaseOf(one), face, picture: wrap };
  const proof = { code: 'keeper.opening.proof' };
  const mixed = { ...opening, checkpoint: other.checkpoint };
  await assert.rejects(held.port.releaseForOpening({ ...asked, opening: mixed }), proof);
  // an entry of this site in all but its log
  const moved = { ...opening, ...(await appended(held, elsewhere.origin, opening.leaf)) };
  await assert.rejects(held.port.releaseForOpening({ ...asked, opening: moved }), proof);
  await held.port.releaseForOpening({ ...asked, opening });
});

test('what is released for a verification opens no picture', async () => {
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  const { key } = await pictureOf(held, person);
  const { purposeKey, rotationKey } = await held.port.release(releaseOf(person));
  assert.ok(!equalBytes(purposeKey, key) && !equalBytes(rotationKey, key));
});

test('openings are counted against the budgets of who opens and of the site', async () => {
  await using held = await testKeeper({ openingsOfActor: 12, openingsOfSite: 15, readsOfActor: 9, readsOfSite: 9 });
  const person = await testPerson(held.port);
  const { wrap } = await pictureOf(held, person);
  const opened = async (by: string): Promise<unknown> => {
    const opening = await entered(held, person, { by });
    return held.port.releaseForOpening({ ...releaseOf(person), face, picture: wrap, opening });
  };
  for (let i = 0; i < 12; i += 1) await opened('key_a');
  await assert.rejects(opened('key_a'), { code: 'vault.budget' });
  for (let i = 0; i < 3; i += 1) await opened('key_b');
  await assert.rejects(opened('key_b'), { code: 'vault.budget' }); // the site's budget is used up
  await held.port.sync();
  held.clock.at += 3_600_000 / 15; // brings back one of the site's fifteen
  await held.crash();
  await opened('key_b');
  await assert.rejects(opened('key_b'), { code: 'vault.budget' });
});

test('the keeper stops releasing until its counts are shown to it, and takes only the entry that says them', async () => {
  await using held = await testKeeper();
  const person = await testPerson(held.port);
  for (let i = 0; i < 3; i += 1) await held.port.release(releaseOf(person));
  assert.deepEqual(await held.port.counts(), []); // the minute is not over
  held.clock.at += 60_000;
  await held.port.release(releaseOf(person));
  const [count] = await held.port.counts();
  assert.deepEqual([count!.released, count!.first, count!.last], [3, 1, 3]);
  held.clock.at += 6 * 60_000;
  await assert.rejects(held.port.release(releaseOf(person)), { code: 'vault.releases-unshown' });
  await held.restart();
  await assert.rejects(held.port.release(releaseOf(person)), { code: 'vault.releases-unshown' });
  const minute = new Date(count!.minute * 60_000).toISOString();
  const { boot, released, first, last } = count!;
  for (const [said, right] of [
    [{ boot, count: released - 1, first, last }, false],
    [{ boot, count: released, first, last }, true],
  ] as const) {
    const shown = await counted(held, person, { minute, released: said });
    const asked = held.port.showCount({ site: person.site, minute: count!.minute, boot, counted: shown });
    if (right) await asked;
    else await assert.rejects(asked, { code: 'keeper.opening.proof' });
  }
  assert.equal((await held.port.counts()).length, 1); // the second minute is still owed
});

/** An entry of the organisation alone, at the end of the site's log. */
async function counted(held: TestKeeper, of: TestPerson, values: JsonObject): Promise<ShownEntry> {
  const group = { slot: 0, key: organisationKey(of) };
  const { entry, seeds } = await held.port.writeSeeds({ site: of.site, groups: [group] });
  const kind = 'release.counted';
  const prepared = prepareEntry(tools, { kind, id: entry, tags: {}, groups: [{ slot: 0, seed: seeds[0]!, values }] });
  const { padClass, fieldRoot, roots } = prepared;
  const leaf = leafBytes({ time: instant(held.clock.at), granularity: 0, padClass, fieldRoot });
  return { ...(await appended(held, of.origin, leaf)), ...{ entry, roots, kind }, groups: [{ ...group, values }] };
}
