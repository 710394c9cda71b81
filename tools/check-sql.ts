/** Holds every statement to its room and its site, and every table to keys that begin with the site. */
import { readFileSync } from 'node:fs';
import { reportAndExit } from './checks/report.ts';
import { listFiles, readSources } from './checks/source-files.ts';
import { breachesOfSql, readTables } from './checks/sql.ts';

const houseWide = new Set(Object.keys(JSON.parse(readFileSync('tools/house-wide-tables.json', 'utf8'))));
const migrations = readSources(listFiles(['{rooms,doors}/*/migrations/*.sql']).files);
const sources = readSources(listFiles(['{rooms,doors}/*/src/**/*.ts']).files);
const { tables, breaches } = readTables(migrations, houseWide);

reportAndExit({
  check: 'sql',
  read: migrations.length === 0 ? 0 : migrations.length + sources.length,
  breaches: [...breaches, ...sources.flatMap((file) => breachesOfSql(file, tables))],
  owing: [],
});
