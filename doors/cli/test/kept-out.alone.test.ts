import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { drawPeople, makeCanary, makeSearcher, pictureMarks, searchRaw, startHouse, wordMarks } from '@visor/cli';
import { utf8 } from '@visor/record';
import { askLocally } from '@visor/server/local';
import { openDatabase } from '@visor/storage';

const MODELS = resolve(process.env.VISOR_DATA ?? 'data', 'models');
const skip = existsSync(join(MODELS, 'fr_feature.onnx')) ? false : 'the face models are not here';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As a stranger's own program would: any header, any path, any body. */
function sent(
  port: number,
  { method = 'POST', path, body = '', headers = {} }: Sent,
): Promise<{ status: number; body: string }> {
  return new Promise((done, fail) => {
    const asked = request(
      { port, path, method, headers: { 'idempotency-key': randomUUID(), ...headers } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          done({
            status: answer.statusCode ?? 0,
            body: `${JSON.stringify(answer.headers)} ${Buffer.concat(parts).toString('utf8')}`,
          }),
        );
      },
    );
    asked.on('error', fail);
    asked.end(body);
  });
}

const word = (what: string): string => `${what}-${randomBytes(8).toString('hex')}`;
const json = (value: unknown): string => JSON.stringify(value);
const ids = (body: string, kind: string): string => new RegExp(`"(${kind}_[0-9a-z]{26})"`).exec(body)![1]!;

/** What must lie nowhere, and who asks with it. */
interface Stage {
  readonly folder: string;
  readonly port: number;
  readonly secret: string;
  readonly name: string;
  readonly reason: string;
  readonly wrongKey: string;
  readonly face: Uint8Array;
  readonly answers: string[];
}

async function asked(stage: Stage, wanted: number | undefined, of: Sent): Promise<string> {
  const ours = { authorization: `Bearer ${stage.secret}`, 'content-type': 'application/json' };
  const said = await sent(stage.port, { ...of, headers: { ...ours, ...of.headers } });
  if (wanted !== undefined) assert.equal(said.status, wanted, `${of.path}: ${said.body.slice(0, 300)}`);
  stage.answers.push(said.body);
  return said.body;
}

async function refusedBeforeAnything(stage: Stage): Promise<void> {
  const { name, reason, wrongKey } = stage;
  const people = { path: '/v1/people' };
  await asked(stage, 400, { ...people, body: json({ reference: name, [name]: name }) });
  await asked(stage, 400, { ...people, body: `{"reference":"${name}` });
  await asked(stage, 415, { ...people, body: name, headers: { 'content-type': `text/${name}` } });
  await asked(stage, 413, { ...people, body: json({ reference: name.repeat(2000) }) });
  for (const path of [`/v1/people/${name}`, `/v1/people/${name}%E0%A4%A`, `/v1/${name}`, `/v1/people?${name}=${name}`])
    await asked(stage, undefined, { method: 'GET', path });
  await asked(stage, 401, { ...people, headers: { authorization: `Bearer ${wrongKey}` } });
  await asked(stage, 421, { ...people, headers: { host: `${name}.example` } });
  await asked(stage, 403, { ...people, headers: { origin: `https://${name}.example` } });
  const nobody = json({ face: `fac_${'0'.repeat(26)}` });
  await asked(stage, 404, { path: '/v1/openings', body: nobody, headers: { 'visor-reason': reason } });
}

async function doneAndRefused(stage: Stage): Promise<void> {
  const { name, reason } = stage;
  const picture = Buffer.from(stage.face).toString('base64');
  const person = ids(await asked(stage, 201, { path: '/v1/people', body: json({ reference: name }) }), 'per');
  const login = json({ name: 'login', days: 3, asserted: true });
  const purpose = ids(await asked(stage, 201, { path: '/v1/purposes', body: login }), 'pur');
  const enrolment = json({ person, purpose, pictures: [picture] });
  await asked(stage, 409, { path: '/v1/people', body: json({ reference: name }) });
  await asked(stage, 403, { path: '/v1/faces', body: enrolment });
  const consent = json({ person, purpose, notice: 'v1', level: 'asserted' });
  await asked(stage, 201, { path: '/v1/consents', body: consent });
  await asked(stage, 201, { path: '/v1/faces', body: enrolment });
  const cut = json({ person, purpose, picture: picture.slice(0, 4000) });
  await asked(stage, 422, { path: '/v1/verifications', body: cut });
  const whole = json({ person, purpose, picture });
  await asked(stage, 201, { path: '/v1/verifications', body: whole, headers: { 'visor-reason': reason } });
}

async function asPartsFail(stage: Stage): Promise<void> {
  const { folder, name, reason } = stage;
  const headers = { 'visor-reason': reason };
  await broken(folder, async () => {
    await asked(stage, 503, { path: '/v1/people', body: json({ reference: `${name}-2` }), headers });
  });
  const figures: unknown = await askLocally(folder, 'figures', {});
  assert.ok(typeof figures === 'object' && figures !== null && 'keeper' in figures);
  process.kill(Number(figures.keeper), 'SIGKILL');
  await asked(stage, undefined, { path: '/v1/people', body: json({ reference: `${name}-3` }), headers });
}

/** @returns what the house printed meanwhile */
async function played(stage: Omit<Stage, 'port' | 'secret'>): Promise<{ stage: Stage; printed: Uint8Array }> {
  const house = await startHouse(stage.folder, process.env);
  const printed: Buffer[] = [];
  for (const stream of [house.child.stdout, house.child.stderr])
    stream?.on('data', (part: Buffer) => printed.push(part));
  try {
    const made: unknown = await askLocally(stage.folder, 'key.make', { site: 'Kept out', scopes: null });
    assert.ok(typeof made === 'object' && made !== null && 'secret' in made);
    const whole: Stage = { ...stage, port: house.port, secret: String(made.secret) };
    await doneAndRefused(whole);
    await refusedBeforeAnything(whole);
    await asPartsFail(whole);
    return { stage: whole, printed: Buffer.concat(printed) };
  } finally {
    await house.stop();
  }
}

test('a marked name, reason, key and face forced through every failing path lie nowhere afterwards', {
  skip,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visor-kept-out-'));
  await symlink(MODELS, join(folder, 'models'));
  const [ann] = await drawPeople(1, 1, 1);
  const wrongKey = `vsk_${randomBytes(32).toString('base64url')}`;
  const marked = { name: word('name'), reason: word('reason'), wrongKey, face: ann!.pictures[0]! };
  const { stage, printed } = await played({ folder, ...marked, answers: [] });
  const marks = [
    ...[...wordMarks('name', stage.name), ...wordMarks('reason', stage.reason), ...wordMarks('wrong key', wrongKey)],
    ...[...wordMarks('key', stage.secret), ...pictureMarks('picture', stage.face)],
  ];
  const searcher = makeSearcher(marks);
  searcher.feed('answers', utf8(stage.answers.join('\n')));
  searcher.end();
  searcher.feed('printed', printed);
  searcher.end();
  // the receipt opens the reference to whoever made the person, and to nobody else
  const said = searcher.found.filter(({ where, mark }) => !(where === 'answers' && mark.what === 'name'));
  assert.deepEqual(said, []);
  assert.equal(stage.answers.filter((one) => one.includes(stage.name)).length, 1, 'an answer shows the name');
  const raw = await searchRaw(
    folder,
    marks,
    makeCanary((length) => randomBytes(length)),
  );
  assert.ok(raw.canaryFound, 'the search finds what is there');
  assert.deepEqual(
    raw.found.map(({ where, mark }) => `${mark.what} (${mark.form}) in ${where}`),
    [],
  );
  await rm(folder, { recursive: true, force: true });
});

/** While a check that no row meets stands on the table of people, as a failing disk or a bug would make an INSERT fail. */
async function broken(folder: string, work: () => Promise<void>): Promise<void> {
  const figures: unknown = await askLocally(folder, 'figures', {});
  assert.ok(typeof figures === 'object' && figures !== null && 'database' in figures);
  await using db = await openDatabase({ folder, url: String(figures.database), say: () => undefined });
  await db.query({ text: 'ALTER TABLE person ADD CONSTRAINT nobody CHECK (false) NOT VALID' });
  await work();
  await db.query({ text: 'ALTER TABLE person DROP CONSTRAINT nobody' });
}
