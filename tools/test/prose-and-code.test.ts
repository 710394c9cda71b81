import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS, EXIT } from '@visor/cli';
import { ACTOR_FIELDS, KINDS, ORGANISATION_FIELDS } from '@visor/ledger';
import { REFUSALS } from '@visor/record';
import { ROUTES } from '@visor/server';
import { codesIn, sectionsIn, tablesIn, tableUnder } from '../checks/markdown.ts';
import { readPlan } from '../checks/plan.ts';
import { listSources, readSources } from '../checks/source-files.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const plan = readPlan();

test('docs/errors.md has one paragraph for each refusal, and for nothing else', () => {
  const paragraphs = sectionsIn(read('docs/errors.md')).filter(({ level }) => level === 3);
  const codes = paragraphs.map(({ title }) => title.replaceAll('`', ''));
  assert.deepEqual([...codes].sort(), Object.keys(REFUSALS).sort());
  for (const { title, body } of paragraphs) assert.ok(body.length >= 20, `${title} is not explained`);
});

test('ARCHITECTURE.md says the floors, the powers and the closed lists of rooms.json', () => {
  const text = read('ARCHITECTURE.md');
  const floors = tableUnder(text, 'Floors').rows.map(([, who]) => codesIn(who!));
  assert.deepEqual(floors, plan.floors);
  const powers = tableUnder(text, 'Powers').rows.map(([entrance, held]) => [
    codesIn(entrance!)[0],
    held === 'none' ? [] : held!.split(', '),
  ]);
  assert.deepEqual(Object.fromEntries(powers), plan.powers);
  const stands = tableUnder(text, 'Who may stand on nothing else').rows.map(([one, on]) => [
    codesIn(one!)[0],
    codesIn(on!),
  ]);
  assert.deepEqual(Object.fromEntries(stands), plan.stands);
  const known = tableUnder(text, 'What each one knows').rows.flatMap(([room]) => codesIn(room!));
  assert.deepEqual([...known].sort(), plan.floors.flat().sort());
});

test('docs/entries.md lists every kind with its own fields, in their order', () => {
  const rows = tableUnder(read('docs/entries.md'), 'Kinds').rows;
  const written = rows.map(([kind, when, organisation, subject]) => {
    assert.ok(when!.length > 10, `${kind} does not say when`);
    return [codesIn(kind!)[0], { organisation: codesIn(organisation!), subject: codesIn(subject!) }];
  });
  const kinds = Object.entries(KINDS).map(([kind, fields]) => {
    const subject = 'subject' in fields ? [...fields.subject] : [];
    return [kind, { organisation: [...fields.organisation], subject }];
  });
  assert.deepEqual(Object.fromEntries(written), Object.fromEntries(kinds));
});

test('docs/entries.md explains every field once', () => {
  const fields = tableUnder(read('docs/entries.md'), 'Fields').rows.map(([field]) => codesIn(field!)[0]!);
  const ofKinds = Object.values(KINDS).flatMap((kind) => [
    ...kind.organisation,
    ...('subject' in kind ? kind.subject : []),
  ]);
  const known = new Set<string>([...ORGANISATION_FIELDS, ...ACTOR_FIELDS, ...ofKinds]);
  assert.deepEqual(fields, [...known].sort());
});

test('docs/entries.md says for every route what it enters, as the route itself does', () => {
  const rows = tableUnder(read('docs/entries.md'), 'Routes').rows;
  const written = rows.map(([route, entered]) => `${codesIn(route!)[0]} enters ${entered}`);
  const routes = ROUTES.map(({ method, path, entry }) => `${method} ${path} enters ${entry}`);
  assert.deepEqual([...written].sort(), [...routes].sort());
  for (const [route, entered, kinds] of rows) {
    const known = codesIn(kinds!).every((kind) => kind in KINDS);
    assert.ok(known && (entered === 'none') === (kinds === ''), `${route} names its kinds`);
  }
});

test('docs/cli.md has a part for every command, with its usage, and the exit codes as they are', () => {
  const sections = sectionsIn(read('docs/cli.md')).filter(({ level }) => level === 2);
  const names = COMMANDS.map(({ name }): string => name);
  const parts = sections.filter(({ title }) => names.includes(title));
  assert.deepEqual(
    parts.map(({ title }) => title),
    names,
  );
  for (const { name, usage } of COMMANDS) {
    assert.ok(
      parts.find(({ title }) => title === name)!.body.includes(`\`visor ${usage}\``),
      `${name}: \`visor ${usage}\``,
    );
  }
  const others = sections.map(({ title }) => title).filter((title) => !names.includes(title));
  assert.deepEqual(others, ['From the folder of the project'], 'a command that is not there');
  const codes = tablesIn(read('docs/cli.md'))[0]!.rows.map(([code]) => Number(code));
  assert.deepEqual(
    codes.filter((code) => code < 64),
    Object.values(EXIT),
  );
});

test('docs/measured.md names only benches that are there and keys that they print', () => {
  const benches = sectionsIn(read('docs/measured.md')).flatMap(({ title, body }) => {
    const name = /npm run bench -- ([a-z]+)/.exec(body)?.[1];
    return name === undefined ? [] : [{ title, body, name }];
  });
  assert.ok(benches.length >= 4);
  for (const { title, body, name } of benches) {
    const files = [`tools/bench/${name}.ts`, ...globSync(`tools/bench/${name}/*.ts`)];
    assert.ok(existsSync(files[0]!), `${title}: there is no bench called ${name}`);
    const source = files.map(read).join('\n');
    const keys = [...body.matchAll(/\(`([a-z0-9_]+)`\)/g)].map((match) => match[1]!);
    assert.ok(keys.length > 0, `${title} names no key`);
    for (const key of keys) assert.ok(source.includes(key), `${name} does not print ${key}`);
  }
});

test('every refusal is made somewhere, and every kind of entry is written somewhere', () => {
  const files = readSources(listSources().files.filter((path) => path.includes('/src/')));
  const unused = (codes: readonly string[], list: string): string[] => {
    const source = files.filter(({ path }) => path !== list).map((file) => file.source);
    return codes.filter((code) => !source.some((text) => text.includes(`'${code}'`)));
  };
  assert.deepEqual(unused(Object.keys(REFUSALS), 'rooms/record/src/errors.ts'), []);
  assert.deepEqual(unused(Object.keys(KINDS), 'rooms/ledger/src/kinds.ts'), []);
});

test('every figure of docs/measured.md was measured', (t) => {
  const open = [...read('docs/measured.md').matchAll(/not measured yet/g)].length;
  if (open > 0) t.skip(`${open} figures are not measured yet`);
});
