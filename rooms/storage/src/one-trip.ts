import type { Query } from './sql.ts';

/** One common table expression; its parameters are numbered from $1 within `text`. */
export interface SqlPart {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

// A parameter counts only where SQL reads one: not within a literal, a quoted name or a comment.
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g;
const SHAPES = new Map<string, { readonly text: string; readonly name: string }>();
const MOST_REMEMBERED = 1024;

/**
 * Joins parts into `WITH a AS (…), b AS (…) select`: one statement, so one round trip, all or nothing, and every part
 * sees the same snapshot. A part may read earlier parts by name; the order in which data-changing parts run is not
 * fixed, so a part that must wait for another reads from it.
 * @param select  What is answered; it may name parts and holds no parameters of its own.
 * @throws RangeError when names repeat or parameters and values do not match: a mistake in the calling code.
 */
export function oneTrip(parts: readonly SqlPart[], select: string): Query {
  const key = [...parts.map((part) => `${part.name} ${part.values.length} ${part.text}`), select].join('\u0000');
  let shape = SHAPES.get(key);
  if (shape === undefined) {
    const text = joined(parts, select);
    shape = { text, name: parts.at(-1)?.name ?? 'trip' };
    if (SHAPES.size < MOST_REMEMBERED) SHAPES.set(key, shape);
  }
  return { ...shape, values: parts.flatMap((part) => part.values) };
}

function joined(parts: readonly SqlPart[], select: string): string {
  const names = new Set<string>();
  const expressions: string[] = [];
  let before = 0;
  for (const part of parts) {
    if (!/^[a-z_][a-z0-9_]*$/.test(part.name)) throw new RangeError(`"${part.name}" is not a name for a part`);
    if (names.has(part.name)) throw new RangeError(`two parts are called "${part.name}"`);
    names.add(part.name);
    expressions.push(`${part.name} AS (${renumbered(part, before)})`);
    before += part.values.length;
  }
  if (parametersOf(select) > 0) throw new RangeError('the closing select has no parameters of its own');
  return expressions.length === 0 ? select : `WITH ${expressions.join(', ')} ${select}`;
}

function renumbered(part: SqlPart, before: number): string {
  if (parametersOf(part.text) !== part.values.length) {
    throw new RangeError(
      `part "${part.name}" has ${part.values.length} values for ${parametersOf(part.text)} parameters`,
    );
  }
  return part.text.replace(TOKENS, (token, number?: string) =>
    number === undefined ? token : `$${Number(number) + before}`,
  );
}

function parametersOf(text: string): number {
  let most = 0;
  for (const [, number] of text.matchAll(TOKENS)) most = Math.max(most, Number(number ?? 0));
  return most;
}
