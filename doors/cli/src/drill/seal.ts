import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PEOPLE } from '@visor/people';
import { type JsonObject, Refusal } from '@visor/record';
import { askLocally } from '@visor/server/local';
import { type Context, EXIT, type Exit, say, sayJson } from '../context.ts';
import { makeClient } from './client.ts';
import { type Checked, checkBundle } from './damage.ts';
import { type Drawn, drawPeople } from './drawings.ts';
import { startHouse } from './house-process.ts';
import { pictureMarks, templateMarks, wordMarks } from './marks.ts';
import { type Played, playSeal } from './play.ts';
import { makeCanary, type RawSearch, searchRaw } from './raw.ts';
import { type Judged, judge } from './score.ts';
import { drillWords } from './words.ts';

/** 42 people make 861 pairs and 126 returns: enough to count, few enough for a minute. */
export const PEOPLE_DRAWN = Math.min(42, PEOPLE.length);
export const TIMES_DRAWN = 4;

/** `drill seal`: the whole of the spine in one story, over HTTP, on a house that is thrown away. */
export async function drillSeal(
  context: Context,
  flags: { keep?: string | boolean; json?: boolean | string },
): Promise<Exit> {
  const started = performance.now();
  const keep = typeof flags.keep === 'string' ? resolve(flags.keep) : undefined;
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'visor-drill-')));
  const tell = flags.json === true ? (): void => undefined : (line: string): void => say(context, line);
  try {
    const report = await tellStory(context, { folder, tell });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (flags.json === true) sayJson(context, { ...report.document, seconds });
    tell(drillWords(context.language).end(seconds));
    if (keep !== undefined) tell(drillWords(context.language).kept(keep));
    return report.good ? EXIT.done : EXIT.refused;
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly folder: string;
  readonly tell: (line: string) => void;
}

async function tellStory(context: Context, stage: Stage): Promise<{ document: JsonObject; good: boolean }> {
  const words = drillWords(context.language);
  const { folder, tell } = stage;
  const houseFolder = join(folder, 'house');
  await mkdir(houseFolder, { recursive: true });
  await symlink(join(context.folder, 'models'), join(houseFolder, 'models'));
  tell(words.title);
  const drawing = drawPeople(PEOPLE_DRAWN, TIMES_DRAWN, availableParallelism());
  drawing.catch(() => undefined); // awaited below; a house that does not start is reported first
  await using house = await asHouse(houseFolder, context.env);
  tell(words.house);
  const drawn = await drawing;
  tell(words.drawn(drawn.length, drawn.length * TIMES_DRAWN));
  const judging = judge(context.folder, drawn);
  judging.catch(() => undefined); // awaited below as well
  const made = (await askLocally(houseFolder, 'key.make', { site: 'Drill', scopes: null })) as JsonObject; // the house answers the key it made
  const secret = String(made.secret);
  const played = await playSeal(makeClient(house.port, secret), drawn);
  tellPlayed(tell, words, played);
  const judged = await judging;
  tell(words.scores(judged.scores.genuine_min, judged.scores.impostor_max, judged.scores.threshold));
  const card = await askLocally(houseFolder, 'anchor', {});
  if (typeof card !== 'string') throw new Refusal('bundle.trust');
  await writeFile(join(folder, 'anchor.txt'), card);
  const checked = await checkBundle(makeClient(house.port, secret), { folder, card, entries: played.entries });
  tellChecked(tell, words, checked);
  await house.stop();
  const raw = await search(houseFolder, { drawn, judged, played, secret });
  tell(raw.found.length === 0 ? words.raw(Math.round(raw.bytes / 2 ** 20)) : words.rawFound(raw.found.length));
  for (const found of raw.found.slice(0, 10)) tell(`  ${found.where}: ${found.mark.what}, ${found.mark.form}`);
  tell(raw.canaryFound ? words.canary : words.noCanary);
  return reportOf({ drawn, played, judged, checked, raw });
}

async function asHouse(
  folder: string,
  env: Context['env'],
): Promise<AsyncDisposable & { port: number; stop(): Promise<void> }> {
  const house = await startHouse(folder, env);
  return { port: house.port, stop: () => house.stop(), [Symbol.asyncDispose]: () => house.stop() };
}

interface Secrets {
  readonly drawn: readonly Drawn[];
  readonly judged: Judged;
  readonly played: Played;
  readonly secret: string;
}

function search(folder: string, secrets: Secrets): Promise<RawSearch> {
  const marks = [
    ...secrets.judged.templates.flatMap(({ person, template }) => templateMarks(`template of ${person}`, template)),
    ...secrets.drawn.flatMap(({ id, pictures }) =>
      pictures.flatMap((picture) => pictureMarks(`picture of ${id}`, picture)),
    ),
    ...secrets.played.references.flatMap((reference) => wordMarks('reference', reference)),
    ...wordMarks('key', secrets.secret),
  ];
  return searchRaw(folder, marks, makeCanary(randomBytes));
}

interface All {
  readonly drawn: readonly Drawn[];
  readonly played: Played;
  readonly judged: Judged;
  readonly checked: Checked;
  readonly raw: RawSearch;
}

function reportOf({ drawn, played, judged, checked, raw }: All): { document: JsonObject; good: boolean } {
  const good =
    played.impostor.accepted === 0 &&
    played.genuine.accepted >= 0.95 * played.genuine.tried &&
    played.wrongPurpose === 'refused' &&
    checked.withCard === 'UNCHANGED' &&
    checked.without === 'CANNOT TELL' &&
    checked.damaged.verdict === 'CHANGED' &&
    raw.found.length === 0 &&
    raw.canaryFound;
  return {
    good,
    document: {
      people: drawn.length,
      genuine: { ...played.genuine },
      impostor: { ...played.impostor },
      scores: { ...judged.scores },
      wrong_purpose: played.wrongPurpose,
      raw: { bytes: raw.bytes, found: raw.found.length, canary_found: raw.canaryFound },
      verify: checked.withCard,
      verify_without_anchor: checked.without,
      damaged: { verify: checked.damaged.verdict, where: checked.damaged.where },
    },
  };
}

function tellPlayed(tell: Stage['tell'], words: ReturnType<typeof drillWords>, played: Played): void {
  tell(words.enrolled(played.enrolled));
  tell(words.genuine(played.genuine.accepted, played.genuine.tried));
  tell(words.impostor(played.impostor.accepted, played.impostor.tried));
  if (played.wrongPurpose === 'refused') tell(words.wrongPurpose);
  tell(words.opened);
}

function tellChecked(tell: Stage['tell'], words: ReturnType<typeof drillWords>, checked: Checked): void {
  tell(words.bundle(checked.entries));
  tell(`${words.unchanged} ${checked.withCard}`);
  tell(`${words.withoutAnchor} ${checked.without}`);
  tell(`${words.damaged} ${checked.damaged.verdict}, ${words.where(checked.damaged.where)}`);
}
