/** Cuts SQL into words and signs, and finds which tables a statement touches and whether it names the site of each. */

export interface Token {
  readonly word: string; //   keywords in capitals as written, names in lower case as written
  readonly scope: number; //  the innermost query in parentheses that it stands in
  readonly depth: number;
}

export interface Reference {
  readonly table: string;
  readonly alias: string;
  readonly at: number; //     index of the table's token
  readonly inserted: boolean;
}

const PIECES =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|::|<>|[<>!]=|[A-Za-z_][A-Za-z0-9_]*|\d+|\S/g;
const OPENS_QUERY = new Set(['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE']);
const KEYWORDS = new Set(
  'SELECT WITH INSERT UPDATE DELETE FROM JOIN LEFT RIGHT FULL INNER CROSS LATERAL ON USING WHERE GROUP ORDER HAVING LIMIT OFFSET UNION EXCEPT INTERSECT SET VALUES RETURNING FOR AS WINDOW FETCH NATURAL TABLESAMPLE DEFAULT OVERRIDING'.split(
    ' ',
  ),
);

const INTRODUCES = new Set(['FROM', 'JOIN', 'INTO', 'TRUNCATE', 'TABLE']);

/** Literals become `''`; comments vanish. */
export function tokensOf(sql: string): readonly Token[] {
  const words = [...sql.matchAll(PIECES)].map(([word]) => word).filter((word) => !/^(?:--|\/\*)/.test(word));
  const tokens: Token[] = [];
  const scopes = [0];
  let fresh = 0;
  for (const [i, raw] of words.entries()) {
    const word = raw.startsWith("'") ? "''" : raw.replaceAll('"', '');
    if (word === ')' && scopes.length > 1) scopes.pop();
    tokens.push({ word, scope: scopes.at(-1)!, depth: scopes.length - 1 });
    if (word === '(') {
      const opens = OPENS_QUERY.has((words[i + 1] ?? '').toUpperCase());
      if (opens) fresh += 1;
      scopes.push(opens ? fresh : scopes.at(-1)!);
    }
  }
  return tokens;
}

/** Every place where one of `tables` is read or written. */
export function referencesIn(tokens: readonly Token[], tables: ReadonlySet<string>): readonly Reference[] {
  const found: Reference[] = [];
  let listing = -1; // the depth at which, after FROM, a comma brings another table
  for (let i = 0; i < tokens.length; i += 1) {
    const word = upper(tokens, i);
    const { depth } = tokens[i]!;
    const introduces = INTRODUCES.has(word) || isUpdate(tokens, i) || isUsing(tokens, i);
    if (word === 'FROM' || isUsing(tokens, i)) listing = depth;
    else if (depth < listing || (depth === listing && endsList(word))) listing = -1;
    if (!introduces && !(depth === listing && word === ',')) continue;
    const at = i + (['ONLY', 'LATERAL', 'TABLE'].includes(upper(tokens, i + 1)) ? 2 : 1);
    const table = tokens[at]?.word.toLowerCase() ?? '';
    if (tables.has(table)) found.push({ table, alias: aliasAt(tokens, at), at, inserted: word === 'INTO' });
  }
  return found;
}

const upper = (tokens: readonly Token[], i: number): string => tokens[i]?.word.toUpperCase() ?? '';

/** UPDATE begins a statement; FOR UPDATE, FOR NO KEY UPDATE and DO UPDATE do not. */
const isUpdate = (tokens: readonly Token[], i: number): boolean =>
  upper(tokens, i) === 'UPDATE' && !['FOR', 'KEY', 'DO'].includes(upper(tokens, i - 1));

/** USING of a DELETE names tables, USING of a join names columns in parentheses. */
const isUsing = (tokens: readonly Token[], i: number): boolean =>
  upper(tokens, i) === 'USING' && tokens[i + 1]?.word !== '(';

const endsList = (word: string): boolean => !GOES_ON.has(word) && KEYWORDS.has(word);
const GOES_ON = new Set('AS LATERAL JOIN LEFT RIGHT FULL INNER CROSS NATURAL ON USING'.split(' '));

function aliasAt(tokens: readonly Token[], at: number): string {
  const next = upper(tokens, at + 1) === 'AS' ? at + 2 : at + 1;
  const word = tokens[next]?.word ?? '';
  return /^[a-z_][a-z0-9_]*$/i.test(word) && !KEYWORDS.has(word.toUpperCase())
    ? word.toLowerCase()
    : tokens[at]!.word.toLowerCase();
}

/** Whether the statement ties this table to a site. `alone`: no other table of sites stands in the same query. */
export function namesSite(tokens: readonly Token[], reference: Reference, alone: boolean): boolean {
  if (reference.inserted) return columnsAfter(tokens, reference.at).includes('site');
  const scope = tokens[reference.at]!.scope;
  return tokens.some((token, i) => {
    if (token.word.toLowerCase() !== 'site') return false;
    const qualified = tokens[i - 1]?.word === '.';
    const mine = qualified ? tokens[i - 2]?.word.toLowerCase() === reference.alias : alone && token.scope === scope;
    return (mine && isCompared(tokens, qualified ? i - 2 : i, i)) || (token.scope === scope && isJoinColumn(tokens, i));
  });
}

/** The column list of INSERT INTO t (…), whether or not an alias stands between. */
function columnsAfter(tokens: readonly Token[], at: number): readonly string[] {
  const open = tokens.findIndex(
    ({ word }, i) => i > at && (word === '(' || (KEYWORDS.has(word.toUpperCase()) && word.toUpperCase() !== 'AS')),
  );
  if (tokens[open]?.word !== '(') return [];
  const close = tokens.findIndex(({ word }, i) => i > open && word === ')');
  return tokens.slice(open + 1, close).map(({ word }) => word.toLowerCase());
}

/** `site = …`, `… = site`, `site IN (…)`, and a place in a row that is compared: `(site, person) = (…)`. */
function isCompared(tokens: readonly Token[], first: number, last: number): boolean {
  const compares = (i: number): boolean => tokens[i]?.word === '=' || upper(tokens, i) === 'IN';
  const { scope } = tokens[first]!;
  const filters = (token: Token): boolean =>
    token.scope === scope && ['WHERE', 'ON'].includes(token.word.toUpperCase());
  if (!tokens.slice(0, first).some(filters)) return false;
  if (compares(last + 1) || tokens[first - 1]?.word === '=') return true;
  const { depth } = tokens[first]!;
  if (depth === 0) return false;
  const open = tokens.findLastIndex((token, i) => i < first && token.word === '(' && token.depth === depth - 1);
  const close = tokens.findIndex((token, i) => i > last && token.word === ')' && token.depth === depth - 1);
  return compares(close + 1) || tokens[open - 1]?.word === '=';
}

function isJoinColumn(tokens: readonly Token[], i: number): boolean {
  const open = tokens.findLastIndex((token, j) => j < i && token.word === '(');
  return upper(tokens, open - 1) === 'USING' && tokens.slice(open, i).every(({ word }) => word !== ')');
}
