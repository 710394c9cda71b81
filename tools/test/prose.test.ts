import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { anchorOf, linksIn, sectionsIn, tablesIn } from '../checks/markdown.ts';
import { listFiles, readManifests } from '../checks/source-files.ts';
import { breachesOfWords } from '../checks/words.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const pages = listFiles(['**/*.md']).files;

test('every link in the prose leads to a file and a heading that are there', () => {
  assert.ok(pages.length > 10);
  for (const page of pages) {
    for (const link of linksIn(read(page))) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      assert.ok(existsSync(target), `${page} leads to ${link}`);
      const anchors = anchor === undefined ? [] : sectionsIn(read(target)).map(({ title }) => anchorOf(title));
      assert.ok(anchor === undefined || anchors.includes(anchor), `${page} leads to ${link}`);
    }
  }
});

test('no page names a path of one machine, a registry host or a debt without an end', () => {
  for (const path of pages) assert.deepEqual(breachesOfWords({ path, source: read(path) }), []);
});

test('the first screen of README.md has one sentence, one picture, two commands that exist, and three links', () => {
  const [first = '', rest] = read('README.md').split('\n---\n');
  assert.ok(rest !== undefined && first.split('\n').length <= 16, 'the first screen is short');
  const sentence = first.split('\n')[2]!;
  assert.equal(sentence.match(/\.(\s|$)/g)?.length, 1, sentence);
  assert.equal(first.match(/!\[/g)?.length, 1);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }; // package.json of this house
  const commands = [...first.matchAll(/^npm (start|test)\b/gm)].map((match) => match[1]!);
  assert.deepEqual(commands, ['start', 'test']);
  for (const command of commands) assert.match(scripts[command]!, /^exec \.\/visor /);
  assert.equal(linksIn(first.replace(/!\[[^\]]*\]\([^)]*\)/g, '')).length, 3);
});

test('the picture of README.md is ours, says in words what it shows, and is made for light and dark', () => {
  const picture = read(linksIn(read('README.md')).find((link) => link.endsWith('.svg'))!);
  assert.match(picture, /role="img"/);
  assert.match(picture, /<title id="title">[^<]{10,}<\/title>/);
  assert.match(picture, /<desc id="desc">[^<]{40,}<\/desc>/);
  assert.match(picture, /prefers-color-scheme: dark/);
  assert.doesNotMatch(picture, /<image|href=|<script/);
});

test('docs/words.md has one row a term, in both languages, and no term or word twice', () => {
  const { columns, rows } = tablesIn(read('docs/words.md'))[0]!;
  assert.deepEqual(columns, ['English', '中文', 'what it means']);
  for (const row of rows) assert.ok(row.length === 3 && row.every((cell) => cell !== ''), row.join(' | '));
  for (const [english, chinese] of rows) {
    assert.match(english!, /^[a-z][a-z -]*$/);
    assert.match(chinese!, /^\p{Script=Han}+$/u);
  }
  for (const column of [0, 1]) {
    const seen = rows.map((row) => row[column]!);
    assert.deepEqual(
      seen.filter((word, at) => seen.indexOf(word) !== at),
      [],
      'twice',
    );
  }
});

test('every decision has its context, options, choice and what would change our mind, on one page', () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d/.test(page));
  assert.ok(decisions.length >= 10);
  for (const [at, page] of decisions.entries()) {
    const number = String(at + 1).padStart(4, '0');
    assert.match(page, new RegExp(`/${number}-[a-z0-9-]+\\.md$`), 'numbers run on');
    const [title, ...parts] = sectionsIn(read(page));
    assert.ok(title!.level === 1 && title!.title.startsWith(`${number} `), page);
    assert.deepEqual(
      parts.map((part) => part.title),
      ['Context', 'Options', 'Choice', 'What would change our mind'],
      page,
    );
    for (const part of parts) assert.ok(part.body.length > 20, `${page}: ${part.title}`);
    assert.ok(read(page).split('\n').length <= 50, `${page} is longer than a page`);
  }
});

test('every room and door says on at most forty lines what it knows, its entrance, its promise and its limits', () => {
  const folders = [...readManifests().keys()].filter((folder) => folder !== '.');
  const wrong = folders.flatMap((folder) => wrongReadme(folder));
  assert.deepEqual(wrong, []);
});

function wrongReadme(folder: string): string[] {
  const path = `${folder}/README.md`;
  if (!existsSync(path)) return [`${path} is not there`];
  const text = read(path);
  const missing = ['entrance', 'promise', 'limit'].filter((word) => !text.toLowerCase().includes(word));
  const lines = text.trimEnd().split('\n').length;
  return [
    ...missing.map((word) => `${path} does not say its ${word}`),
    ...(lines > 40 ? [`${path} has ${lines} lines`] : []),
  ];
}

test('SECURITY.md says what is promised, trusted, not meant, not reached, and how to report', () => {
  const text = read('SECURITY.md');
  const titles = sectionsIn(text).map(({ title }) => title);
  for (const title of [
    'What it promises',
    'What it trusts',
    'The keys lie on this disk',
    'What UNCHANGED does not mean',
    'Presence is not checked',
    'Deletion, and how far it reaches',
    'Memory',
    'Face models',
    'Where deployments differ',
    'Not a defect',
    'How to report a defect',
  ]) {
    assert.ok(titles.includes(title), title);
  }
  for (const words of ['flash', 'others made', 'Root sees whoever', 'is not known', 'Do not unblock'])
    assert.ok(text.includes(words), words);
});

test('the licence is the whole text of Apache 2.0, and every package names it', () => {
  const digest = createHash('sha256').update(readFileSync('LICENSE')).digest('hex');
  assert.equal(digest, 'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30');
  for (const folder of readManifests().keys()) {
    const { license } = JSON.parse(read(join(folder, 'package.json'))) as { license?: string }; // any package.json
    assert.equal(license, 'Apache-2.0', folder);
  }
});

test('every change says what kind it is, what a mistake in it could cost, and what a user notices', () => {
  for (const path of globSync('changes/*.md').filter((file) => !file.endsWith('README.md'))) {
    assert.match(read(path), /^kind: (added|changed|mended|removed)\nrisk: (low|data|keys|format)\n\n.{40,}/s, path);
  }
});
