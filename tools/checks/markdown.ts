/** Reads the few parts of Markdown that the prose of this house is held to. */

export interface Table {
  readonly heading: string; // of the section that the table stands in
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All tables of a text, each under the last heading before it. */
export function tablesIn(text: string): Table[] {
  const tables: Table[] = [];
  let heading = '';
  let rows: string[][] = [];
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('|')) {
      rows.push(cellsOf(line));
      continue;
    }
    if (rows.length > 1) tables.push({ heading, columns: rows[0]!, rows: rows.slice(2) });
    rows = [];
    if (line.startsWith('#')) heading = line.replace(/^#+\s*/, '');
  }
  return tables;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The one table under a heading. @throws RangeError when there is none, or more than one */
export function tableUnder(text: string, heading: string): Table {
  const found = tablesIn(text).filter((table) => table.heading === heading);
  if (found.length !== 1) throw new RangeError(`${found.length} tables under "${heading}"`);
  return found[0]!;
}

/** What stands between backticks. */
export const codesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

export interface Section {
  readonly level: number;
  readonly title: string;
  readonly body: string;
}

export function sectionsIn(text: string): Section[] {
  const sections: { level: number; title: string; lines: string[] }[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    const match = fenced ? null : /^(#+) (.*)$/.exec(line);
    if (match) sections.push({ level: match[1]!.length, title: match[2]!, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ level, title, lines }) => ({ level, title, body: lines.join('\n').trim() }));
}

/** The anchor that a heading gets on a page. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Targets of links and pictures, without those to other machines. */
export function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((target) => !/^[a-z]+:/.test(target));
}
