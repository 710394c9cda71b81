import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { localActs, ROUTES, type Served, serve } from '@visor/server';

export const MODELS = resolve(process.env.VISOR_DATA ?? 'data', 'models');
/** Why a test of a whole house cannot run here, or false. */
export const noModels = existsSync(join(MODELS, 'fr_feature.onnx'))
  ? false
  : 'the face models are not here (./visor serve brings them)';

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  readonly body: any;
}

export interface TestHouse extends AsyncDisposable {
  readonly served: Served;
  readonly folder: string;
  readonly said: readonly string[];
  key(site: string, scopes?: readonly string[]): Promise<{ site: string; origin: string; secret: string }>;
  get(secret: string | undefined, path: string, headers?: Ask['headers']): Promise<Answered>;
  post(secret: string | undefined, path: string, more: Ask): Promise<Answered>;
}

export interface Ask {
  readonly body?: unknown;
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real house on an empty folder: its own database, keeper and face children, on loopback. */
export async function openTestHouse(folder?: string): Promise<TestHouse> {
  const at = folder ?? (await mkdtemp(join(tmpdir(), 'visor-test-')));
  await mkdir(at, { recursive: true });
  if (!existsSync(join(at, 'models'))) await symlink(MODELS, join(at, 'models'));
  const said: string[] = [];
  const served = await serve({ folder: at, port: 0, faceChildren: 1, say: (line) => void said.push(line) });
  return {
    served,
    folder: at,
    said,
    async key(site, scopes) {
      const made = await localActs(served.house)['key.make']!({
        site,
        scopes: scopes === undefined ? null : [...scopes],
      });
      return made as { site: string; origin: string; secret: string }; // this act answers the key that it made
    },
    get: (secret, path, headers = {}) => ask(served.port, { secret, method: 'GET', path, headers }),
    post: (secret, path, more) => ask(served.port, { secret, method: 'POST', path, ...more }),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      if (folder === undefined) await rm(at, { recursive: true, force: true });
    },
  };
}

async function ask(
  port: number,
  of: Ask & { secret: string | undefined; method: string; path: string },
): Promise<Answered> {
  const body = of.raw ?? (of.body === undefined ? undefined : JSON.stringify(of.body));
  const answer = await fetch(`http://127.0.0.1:${port}${of.path}`, {
    method: of.method,
    headers: {
      ...(of.secret === undefined ? {} : { authorization: `Bearer ${of.secret}` }),
      ...(of.method === 'POST' ? { 'idempotency-key': randomUUID(), 'content-type': 'application/json' } : {}),
      ...of.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  const said = type.includes('json') ? JSON.parse(text) : text;
  if (answer.ok) holdToShape(of.method, of.path, said);
  return { status: answer.status, type, headers: answer.headers, body: said };
}

/** Every success of a described route has the shape that the OpenAPI document says it has. */
function holdToShape(method: string, path: string, said: unknown): void {
  const name = path.replace(/\?.*$/, '');
  const route = ROUTES.find(
    (one) => one.method === method && new RegExp(`^${one.path.replace(/:\w+/g, '[^/]+')}$`).test(name),
  );
  route?.gives.parse(said);
}
