/** SQL lives with the room that owns the table, and every query of a table of sites says which site. */
import type { Breach, SourceFile } from './plan.ts';
import { namesSite, type Reference, referencesIn, tokensOf } from './sql-tokens.ts';
import { parseSource, type Syntax, type SyntaxNode, walk } from './syntax.ts';

export interface Tables {
  readonly owner: ReadonlyMap<string, string>; //     table to the folder of its room
  readonly houseWide: ReadonlySet<string>;
}

/** Written in a statement that must see all sites; the reason is for the reader. */
const EVERY_SITE = /\/\*\s*every site: \S[^*]*\*\//;
const BEGINS = /^\s*(?:select|insert|update|delete|with|merge|truncate)\b/i;
const HAS_KEYWORD = /\b(?:SELECT|FROM|JOIN|INTO|UPDATE|USING|TRUNCATE)\b/;

export function breachesOfSql(file: SourceFile, tables: Tables): readonly Breach[] {
  const syntax = parseSource(file);
  return textsIn(syntax)
    .filter(({ sql }) => BEGINS.test(sql) || HAS_KEYWORD.test(sql))
    .flatMap(({ sql, line }) => wrongIn(file.path, sql, tables).map((says) => ({ file: file.path, line, says })));
}

interface Text {
  readonly sql: string;
  readonly line: number;
}

/** Every string and template of a file; what a template inserts is unknown and stands as a name that no table has. */
function textsIn(syntax: Syntax): readonly Text[] {
  const texts: Text[] = [];
  walk(syntax.program, ({ node, inType }) => {
    if (inType) return;
    const sql = node.type === 'TemplateLiteral' ? templateText(node) : literalText(node);
    if (sql !== undefined) texts.push({ sql, line: syntax.lineOf(node.start) });
  });
  return texts;
}

const literalText = (node: SyntaxNode): string | undefined =>
  node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined;

function templateText(node: SyntaxNode): string {
  const pieces = node['quasis'] as readonly { value: { cooked: string | null; raw: string } }[]; // the grammar's own shape
  return pieces.map(({ value }) => value.cooked ?? value.raw).join(' inserted_here ');
}

function wrongIn(path: string, sql: string, { owner, houseWide }: Tables): readonly string[] {
  const room = path.split('/').slice(0, 2).join('/');
  const tokens = tokensOf(sql);
  const found = referencesIn(tokens, new Set(owner.keys()));
  const strange = found
    .filter(({ table }) => owner.get(table) !== room)
    .map(({ table }) => `${table} belongs to ${owner.get(table)}`);
  if (EVERY_SITE.test(sql)) return strange;
  const ofSites = found.filter(({ table }) => !houseWide.has(table));
  const scopeOf = (one: Reference): number | undefined => tokens[one.at]?.scope;
  const isAlone = (one: Reference): boolean =>
    ofSites.filter((other) => !other.inserted && scopeOf(other) === scopeOf(one)).length === 1;
  const siteless = ofSites
    .filter((one) => !namesSite(tokens, one, isAlone(one)))
    .map(({ table }) => `a query of ${table} does not say which site`);
  return [...strange, ...siteless];
}

/** The tables that migrations make, and what is wrong with how they are made. */
export function readTables(
  migrations: readonly SourceFile[],
  houseWide: ReadonlySet<string>,
): { tables: Tables; breaches: Breach[] } {
  const owner = new Map<string, string>();
  const breaches: Breach[] = [];
  for (const { path, source } of migrations) {
    const room = path.split('/').slice(0, 2).join('/');
    const sql = source.replace(/--[^\n]*/g, '');
    for (const [, table] of sql.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+)/gi))
      owner.set(table!.toLowerCase(), room);
    breaches.push(...wrongStatements(sql, houseWide).map((says) => ({ file: path, line: 1, says })));
  }
  return { tables: { owner, houseWide }, breaches };
}

/** What other databases that speak this dialect do not have, or do otherwise when rows are spread by site. */
const ELSEWHERE_UNKNOWN =
  /\b(EXCLUDE|DEFERRABLE|INHERITS|GIST|SPGIST|BRIN|TRIGGER|LOCK\s+TABLE|LARGE\s+OBJECT|EXTENSION|FUNCTION)\b/i;

function wrongStatements(sql: string, houseWide: ReadonlySet<string>): readonly string[] {
  const says: string[] = [];
  const unknown = ELSEWHERE_UNKNOWN.exec(sql);
  if (unknown !== null) says.push(`${unknown[1]!.toUpperCase()} is not in every database that speaks this dialect`);
  for (const statement of sql.split(';')) {
    const table =
      /(?:CREATE|ALTER) TABLE (?:IF (?:NOT )?EXISTS )?([a-z_]+)|CREATE UNIQUE INDEX (?:\w+ )?ON ([a-z_]+)/i.exec(
        statement,
      );
    const name = (table?.[1] ?? table?.[2])?.toLowerCase();
    if (name === undefined || houseWide.has(name)) continue;
    if (/CREATE TABLE/i.test(statement) && !/PRIMARY KEY/i.test(statement)) says.push(`${name} has no primary key`);
    says.push(...wrongKeys(statement).map((key) => `${key} of ${name} does not begin with the site`));
  }
  return says;
}

function wrongKeys(statement: string): readonly string[] {
  const inTable = [...statement.matchAll(/(PRIMARY KEY|UNIQUE|FOREIGN KEY)\s*\(\s*(\w+)/gi)];
  const onColumn = [...statement.matchAll(/(\w+)\s+[\w[\]]+(?:\s+NOT NULL)?\s+(PRIMARY KEY|UNIQUE)(?!\s*\()/gi)].map(
    ([, column, key]) => ['', key!, column!],
  );
  const index = [...statement.matchAll(/CREATE (UNIQUE INDEX) (?:\w+ )?ON \w+ \(\s*(\w+)/gi)];
  const reference = [...statement.matchAll(/(\w+)\s+[\w[\]]+[^,(]*\s(REFERENCES)\b/gi)].map(([, column, key]) => [
    '',
    key!,
    column!,
  ]);
  return [...inTable, ...onColumn, ...index, ...reference]
    .filter(([, , column]) => column!.toLowerCase() !== 'site')
    .map(([, key]) => key!.toUpperCase());
}
