import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { listFiles, readSources } from '../checks/source-files.ts';
import { breachesOfSql, readTables } from '../checks/sql.ts';

const HOUSE_WIDE = new Set(['queue']);
const MIGRATIONS = [
  {
    path: 'rooms/wall/migrations/0100-make-brick.sql',
    source: 'CREATE TABLE brick (site text, id text, PRIMARY KEY (site, id)); CREATE TABLE queue (id int PRIMARY KEY);',
  },
  {
    path: 'rooms/roof/migrations/0200-make-tile.sql',
    source: 'CREATE TABLE IF NOT EXISTS tile (site text, id text, PRIMARY KEY (site, id))',
  },
];
const { tables } = readTables(MIGRATIONS, HOUSE_WIDE);

const said = (sql: string, path = 'rooms/wall/src/planted.ts'): readonly string[] =>
  breachesOfSql({ path, source: `export const q = ${JSON.stringify(sql)};` }, tables).map(({ says }) => says);

test('a statement that ties every table to a site is let through', () => {
  const good = [
    'SELECT id FROM brick WHERE site = $1 AND id = $2',
    'SELECT id FROM brick WHERE $1 = site',
    'SELECT id FROM brick WHERE (site, id) = ($1, $2)',
    'SELECT id FROM brick WHERE (id, site) IN (SELECT * FROM given)',
    'SELECT b.id FROM brick AS b JOIN brick c ON c.site = b.site AND c.id = b.id WHERE b.site = $1',
    'SELECT * FROM brick b JOIN brick c USING (site, id) WHERE b.site = $1',
    'SELECT id FROM brick b WHERE b.site = $1 AND EXISTS (SELECT 1 FROM brick WHERE site = $1)',
    'INSERT INTO brick (id, site) SELECT id, $1 FROM guard',
    'INSERT INTO brick (site, id) SELECT site, id FROM brick WHERE site = $1 ON CONFLICT DO NOTHING',
    'INSERT INTO brick AS b (site, id) VALUES ($1, $2) ON CONFLICT (site, id) DO UPDATE SET id = b.id',
    'UPDATE brick SET id = $2 WHERE site = $1 RETURNING id',
    'DELETE FROM brick b USING given g WHERE b.site = g.site',
    'SELECT id FROM brick WHERE site = $1 FOR NO KEY UPDATE OF brick',
    'SELECT id FROM queue ORDER BY id',
    'SELECT extract(epoch FROM at) FROM guard',
    'SELECT id /* every site: the night watch looks at all of them */ FROM brick',
  ];
  assert.deepEqual(
    good.flatMap((sql) => said(sql).map((says) => `${sql}: ${says}`)),
    [],
  );
});

test('a statement that leaves a table without its site is refused', () => {
  const bad = [
    'SELECT site, id FROM brick',
    'select id from brick where id = $1',
    'SELECT id FROM brick ORDER BY site',
    `SELECT id FROM brick WHERE id = 'site = 1'`,
    'SELECT id FROM brick -- WHERE site = $1',
    'SELECT id FROM brick /* WHERE site = $1 */',
    'SELECT b.id FROM brick b JOIN brick c ON c.id = b.id WHERE b.site = $1',
    'SELECT b.id FROM brick b, brick c WHERE b.site = $1',
    'SELECT id FROM brick b WHERE EXISTS (SELECT 1 FROM brick c WHERE c.site = $1)',
    'INSERT INTO brick (id) VALUES ($1)',
    'INSERT INTO brick VALUES ($1, $2)',
    'UPDATE brick SET id = site',
    'DELETE FROM brick',
    'TRUNCATE brick',
    'SELECT id /* every site: */ FROM brick',
    'SELECT 1 FROM given g LEFT JOIN brick ON true WHERE g.site = $1',
  ];
  for (const sql of bad)
    assert.ok(
      said(sql).some((says) => says.includes('brick does not say which site')),
      sql,
    );
});

test("another room's table is refused, wherever in a statement it stands", () => {
  const bad = [
    'SELECT id FROM tile WHERE site = $1',
    'SELECT b.id FROM brick b JOIN tile t ON t.site = b.site WHERE b.site = $1',
    'INSERT INTO tile (site, id) VALUES ($1, $2)',
    'UPDATE tile SET id = $2 WHERE site = $1',
    'SELECT id /* every site: a reason does not open other rooms */ FROM tile',
    'WITH gone AS (DELETE FROM tile WHERE site = $1 RETURNING id) SELECT id FROM gone',
  ];
  for (const sql of bad) assert.deepEqual(said(sql), ['tile belongs to rooms/roof'], sql);
  assert.deepEqual(said('SELECT id FROM queue', 'doors/server/src/planted.ts'), ['queue belongs to rooms/wall']);
  const template = {
    path: 'rooms/wall/src/planted.ts',
    source: `export const q = ${'`DELETE FROM tile WHERE site = $1 AND id IN ($'}{ids})\`;`,
  };
  assert.equal(breachesOfSql(template, tables).length, 1, 'within a template too');
});

test('a table whose keys do not begin with the site is refused, house-wide ones apart', () => {
  const wrong = (source: string): readonly string[] =>
    readTables([{ path: 'rooms/wall/migrations/0100-x-y.sql', source }], HOUSE_WIDE).breaches.map(({ says }) => says);
  const table = [
    { sql: 'CREATE TABLE a (site text, id text, PRIMARY KEY (site, id), UNIQUE (site, id))', says: [] },
    { sql: 'CREATE TABLE queue (id int PRIMARY KEY)', says: [] },
    { sql: 'CREATE TABLE a (site text PRIMARY KEY)', says: [] },
    { sql: 'CREATE TABLE a (site text, id text)', says: ['a has no primary key'] },
    { sql: 'CREATE TABLE a (id text NOT NULL PRIMARY KEY)', says: ['PRIMARY KEY of a does not begin with the site'] },
    {
      sql: 'CREATE TABLE a (site text, id text, PRIMARY KEY (id, site))',
      says: ['PRIMARY KEY of a does not begin with the site'],
    },
    {
      sql: 'CREATE TABLE a (site text, id text UNIQUE, PRIMARY KEY (site, id))',
      says: ['UNIQUE of a does not begin with the site'],
    },
    { sql: 'CREATE UNIQUE INDEX i ON a (id)', says: ['UNIQUE INDEX of a does not begin with the site'] },
    { sql: 'ALTER TABLE a ADD CONSTRAINT c UNIQUE (id)', says: ['UNIQUE of a does not begin with the site'] },
    {
      sql: 'CREATE TABLE a (site text, id text REFERENCES b (id), PRIMARY KEY (site, id))',
      says: ['REFERENCES of a does not begin with the site'],
    },
    { sql: 'CREATE TRIGGER t', says: ['TRIGGER is not in every database that speaks this dialect'] },
    { sql: '-- no TRIGGER here', says: [] },
  ];
  for (const { sql, says } of table) assert.deepEqual(wrong(sql), says, sql);
});

test('the house itself keeps these rules, and its statements were read', () => {
  const houseWide = new Set(Object.keys(JSON.parse(readFileSync('tools/house-wide-tables.json', 'utf8'))));
  const migrations = readSources(listFiles(['{rooms,doors}/*/migrations/*.sql']).files);
  const sources = readSources(listFiles(['{rooms,doors}/*/src/**/*.ts']).files);
  const house = readTables(migrations, houseWide);
  for (const table of houseWide)
    assert.ok(house.tables.owner.has(table), `${table} is listed and made by no migration`);
  const ownerless = {
    ...house.tables,
    owner: new Map([...house.tables.owner.keys()].map((table) => [table, 'nobody'])),
  };
  const seen = sources.flatMap((file) => breachesOfSql(file, ownerless)).length;
  assert.ok(seen >= house.tables.owner.size, `${seen} uses of tables were found`);
  assert.deepEqual([...house.breaches, ...sources.flatMap((file) => breachesOfSql(file, house.tables))], []);
});
