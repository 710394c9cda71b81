import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes, hex, newId } from '@visor/record';
import { random, releaseOf, testKeeper, testPerson, testSite } from './keeper-folder.ts';

test('a release gives the same keys for the same person, purpose and consent, and other keys for any other', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const person = await testPerson(port);
  const first = await port.release(releaseOf(person));
  const again = await port.release(releaseOf(person));
  assert.ok(equalBytes(first.purposeKey, again.purposeKey));
  assert.ok(equalBytes(first.rotationKey, again.rotationKey));
  assert.equal(again.number.count, first.number.count + 1);
  const other = await port.release({ ...releaseOf(person), purpose: newId('pur', random) });
  const newer = await port.release({ ...releaseOf(person), version: 2 });
  const keys = [first, other, newer].map(({ purposeKey }) => hex(purposeKey));
  assert.equal(new Set([...keys, hex(first.rotationKey), hex(newer.rotationKey)]).size, 5);
});

test('a row moved to another place does not open', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const one = await testPerson(port);
  const two = await testPerson(port, one);
  const far = await testPerson(port);
  const asked = releaseOf(one);
  const sealed = { name: 'Refusal', code: 'vault.sealed' };
  for (const [what, moved] of [
    ['another person of the site', { ...asked, key: { ...one.key, person: two.key.person } }],
    ['another site', { ...asked, site: far.site }],
    ["another person's secret", { ...asked, secret: two.secret }],
    ['another consent', { ...asked, consent: two.consent }],
    ['another serial', { ...asked, key: { ...one.key, serial: 2 } }],
    ['a generation that never was', { ...asked, key: { ...one.key, generation: 7 } }],
    ['a changed bit', { ...asked, secret: one.secret.map((byte, at) => (at === 20 ? byte ^ 1 : byte)) }],
  ] as const) {
    await assert.rejects(port.release(moved), sealed, what);
  }
  const group = { of: 'person' as const, key: one.key, group: two.group };
  await assert.rejects(port.writeSeeds({ site: one.site, groups: [{ slot: 1, key: group }] }), sealed);
});

test('a withdrawn serial stays dead through a crash, and only its own', async () => {
  await using test = await testKeeper();
  const person = await testPerson(test.port);
  const bystander = await testPerson(test.port, person);
  const kept = { consent: newId('con', random), secret: person.secret };
  kept.secret = await test.port.makeConsent({ site: person.site, key: person.key, consent: kept.consent });
  const { site, key, group, filing } = person;
  const rekeyed = await test.port.rekeyPerson({ site, key, group, filing, consents: [kept] });
  assert.equal(rekeyed.serial, 2);
  await test.port.release(releaseOf(person)); // nothing is burnt before it is committed
  await test.port.burn([{ site, person: key.person, below: 2, erased: false }]);
  await test.crash();
  await assert.rejects(test.port.release(releaseOf(person)), { code: 'keeper.serial.dead' });
  const fresh = { person: key.person, serial: 2, generation: rekeyed.generation, wrap: rekeyed.wrap };
  const release = { ...releaseOf(person), key: fresh, consent: kept.consent, secret: rekeyed.secrets[0]! };
  await test.port.release(release);
  await test.port.release(releaseOf(bystander));
  await test.port.burn([{ site, person: key.person, below: 1, erased: false }]); // an older word said late
  await assert.rejects(test.port.release(releaseOf(person)), { code: 'keeper.serial.dead' });
  await test.port.burn([{ site, person: key.person, below: 3, erased: true }]);
  await test.crash();
  await assert.rejects(test.port.release(release), { code: 'keeper.serial.dead' });
});

test('of an erased person no serial opens, whichever was named', async () => {
  await using test = await testKeeper();
  const person = await testPerson(test.port);
  await test.port.burn([{ site: person.site, person: person.key.person, below: 1, erased: true }]);
  await assert.rejects(test.port.release(releaseOf(person)), { code: 'keeper.serial.dead' });
});

test('the tag of a person is theirs alone, and no other key can make it', async () => {
  await using one = await testKeeper();
  const site = await testSite(one.port);
  const people = [await testPerson(one.port, site), await testPerson(one.port, site)];
  assert.equal(new Set(people.map(({ tag }) => hex(tag))).size, 2);
  assert.equal(people[0]!.tag.length, 32);
});

test('seeds for writing are of an entry that never was; seeds for reading are those of the entry', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const person = await testPerson(port);
  const key = { of: 'person' as const, key: person.key, group: person.group };
  const organisation = { of: 'organisation' as const, owner: '', ...person.organisation };
  const written = await port.writeSeeds({
    site: person.site,
    groups: [
      { slot: 0, key: organisation },
      { slot: 1, key },
    ],
  });
  const second = await port.writeSeeds({ site: person.site, groups: [{ slot: 1, key }] });
  assert.ok(!equalBytes(written.entry, second.entry));
  const read = await port.readSeeds({
    ...{ site: person.site, actor: 'key_1' },
    groups: [{ entry: written.entry, slot: 1, key }],
  });
  assert.ok(equalBytes(read[0]!, written.seeds[1]!));
  assert.ok(!equalBytes(written.seeds[0]!, written.seeds[1]!));
  for (const [slot, wrong] of [
    [0, key],
    [1, organisation],
    [2, organisation],
    [4, key],
  ] as const) {
    await assert.rejects(port.writeSeeds({ site: person.site, groups: [{ slot, key: wrong }] }), {
      code: 'request.body',
    });
  }
});

test('a site keeps the keys of the first time, and an origin belongs to one site', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const site = await testSite(port);
  const again = await port.makeSite({ site: site.site, origin: site.origin });
  assert.ok(equalBytes(again.decisionKey, await port.decisionKey(site.site)));
  await assert.rejects(port.makeSite({ site: site.site, origin: 'visor.invalid/other/1' }), { code: 'request.state' });
  await assert.rejects(port.makeSite({ site: newId('sit', random), origin: site.origin }), { code: 'request.state' });
  await assert.rejects(port.makePerson({ site: newId('sit', random), person: newId('per', random) }), {
    code: 'request.not-found',
  });
});

test('a reference is marked the same each time, and otherwise at another site', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const [one, two] = [await testSite(port), await testSite(port)];
  const mark = (site: string, value: string) =>
    port.lookupMark({ site, what: 'reference', value: new TextEncoder().encode(value) });
  assert.ok(equalBytes(await mark(one.site, 'user 17'), await mark(one.site, 'user 17')));
  assert.ok(!equalBytes(await mark(one.site, 'user 17'), await mark(one.site, 'user 18')));
  assert.ok(!equalBytes(await mark(one.site, 'user 17'), await mark(two.site, 'user 17')));
});

test('the decision key signs decisions of its own site and nothing else', async () => {
  await using test = await testKeeper();
  const { port } = test;
  const { site } = await testSite(port);
  const decision = { visor: 'decision/1', site, decision: 'accept' };
  assert.equal((await port.signDecision({ site, decision })).length, 64);
  for (const wrong of [{ ...decision, visor: 'releases/1' }, { ...decision, site: newId('sit', random) }, {}]) {
    await assert.rejects(port.signDecision({ site, decision: wrong }), { code: 'request.body' });
  }
});
