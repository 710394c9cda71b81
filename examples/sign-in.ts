/**
 * A backend that signs people in by their face: VISOR_KEY=vsk_… node examples/sign-in.ts
 * Presence is not checked yet: a picture of a picture passes too, so ask for a second factor.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const { VISOR_URL = 'http://127.0.0.1:8717', VISOR_KEY = '', PORT = '3000' } = process.env;
const AS_US = { authorization: `Bearer ${VISOR_KEY}` };
const MOST_PICTURE = 8 * 1024 * 1024;

/** One act. The same Idempotency-Key until there is an answer: however often it is sent, it is done once. */
async function act(path: string, body: object): Promise<Record<string, string>> {
  const headers = { ...AS_US, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const asked = { method: 'POST', headers, body: JSON.stringify(body) };
  for (let tries = 0; ; tries += 1) {
    const said = await fetch(VISOR_URL + path, asked).catch(() => null);
    if (said !== null && said.status !== 503) return (await said.json()) as Record<string, string>; // what we read of it is text
    if (tries === 10) return { code: 'visor.away' };
    await pause(1000 * Number(said?.headers.get('retry-after') ?? 1));
  }
}

async function loginPurpose(): Promise<string> {
  const made = await act('/v1/purposes', { name: 'login', days: 365, asserted: true });
  if (made.purpose !== undefined) return made.purpose;
  const listed = await fetch(`${VISOR_URL}/v1/purposes`, { headers: AS_US });
  const { purposes } = (await listed.json()) as { purposes: Record<string, string>[] }; // as /openapi.json says
  return purposes.find(({ name }) => name === 'login')?.purpose ?? '';
}

const purpose = await loginPurpose();
const people = new Map<string, string>(); // account to person: a table of your own

async function enrol(account: string, picture: string): Promise<unknown> {
  const { person = '' } = await act('/v1/people', { reference: account });
  await act('/v1/consents', { person, purpose, notice: '2026-06', level: 'asserted' });
  const face = await act('/v1/faces', { person, purpose, pictures: [picture] });
  if (face.face !== undefined) people.set(account, person);
  return { enrolled: face.face !== undefined, code: face.code, fix: face.fix, receipt: face.receipt };
}

async function login(account: string, picture: string): Promise<unknown> {
  const decided = await act('/v1/verifications', { person: people.get(account) ?? '', purpose, picture });
  return { welcome: decided.decision === 'accept', presence: decided.presence, code: decided.code, fix: decided.fix };
}

createServer(async (request, response) => {
  const [, route, account = ''] = (request.url ?? '').split('/');
  const work = route === 'enrol' ? enrol : route === 'login' ? login : undefined;
  const parts: Buffer[] = [];
  const small = Number(request.headers['content-length']) <= MOST_PICTURE;
  if (small) for await (const part of request) parts.push(part);
  const picture = Buffer.concat(parts).toString('base64');
  const answer = work === undefined ? { code: 'no such route' } : await work(account, picture);
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'));
