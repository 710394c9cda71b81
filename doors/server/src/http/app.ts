import type { AddressInfo } from 'node:net';
import { hex, Refusal } from '@visor/record';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { House } from '../house/house.ts';
import { type Allowed, allowedNames, checkNames } from './allow.ts';
import { answer } from './answer.ts';
import { firstPage, PAGE_HEADERS } from './first-page.ts';
import { openApi } from './openapi.ts';
import { problemOf } from './problem.ts';
import type { Route } from './route.ts';

/** The same on every answer, one constant object: setting them one by one costs more than routing (stack.md 2). */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

const NO_ROUTE_TABLE = {};
const MOST_BODY = 64 * 1024;

/** The HTTP door: names are checked before keys, keys before bodies, and every error is a problem document. */
export function makeApp(house: House, routes: readonly Route[]): FastifyInstance {
  const app = fastify({
    logger: house.log === undefined ? false : { level: 'info', stream: house.log },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MOST_BODY,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    genReqId: () => hex(house.random(8)),
    routerOptions: { maxParamLength: 64 },
    exposeHeadRoutes: false,
    return503OnClosing: true,
    // Before there is a route there is no hook: an address that cannot be read is refused here, and said nowhere.
    frameworkErrors: (error, request, reply) => {
      reply.headers(HEADERS);
      void sendProblem(house, { error, request, reply, refuses: NO_ROUTE_TABLE });
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addHooks(app, house);
  app.setErrorHandler((error, request, reply) =>
    sendProblem(house, { error, request, reply, refuses: NO_ROUTE_TABLE }),
  );
  app.setNotFoundHandler((request, reply) =>
    sendProblem(house, { error: new Refusal('request.not-found'), request, reply, refuses: NO_ROUTE_TABLE }),
  );
  openRoutes(app, house, routes);
  for (const route of routes) addRoute(app, house, route);
  return app;
}

function addHooks(app: FastifyInstance, house: House): void {
  let allowed: Allowed | undefined;
  // The port is only known when the app listens: 0 asks for any free one.
  const names = (): Allowed => {
    if (allowed !== undefined) return allowed;
    const at = app.server.address() as AddressInfo | null; // it listens on TCP or not at all
    allowed = allowedNames(at?.port ?? house.port, house.url);
    return allowed;
  };
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    checkNames(names(), request.headers.host, request.headers.origin);
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the address: ids of people and tokens stay out of the log.
    const route = request.routeOptions.url ?? 'none';
    const line = {
      request: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    request.log.info(line);
  });
}

function openRoutes(app: FastifyInstance, house: House, routes: readonly Route[]): void {
  app.get('/', (request, reply) => {
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8');
    return firstPage(house, request.headers['accept-language'] ?? '');
  });
  app.get('/health', (_request, reply) => {
    const what = whyBusy(house);
    if (what === undefined) return { state: 'up' };
    return reply.code(503).header('retry-after', 1).send({ state: 'busy', what });
  });
  let described: string | undefined; // made when somebody asks: it takes as long as a start may be late
  app.get('/openapi.json', (_request, reply) => {
    described ??= JSON.stringify(openApi(routes, house.status().version));
    return reply.type('application/json').send(described);
  });
}

/** Why acts are refused right now, from memory: `disk`, `keeper`, `ended`, or `queue` when too many wait. */
function whyBusy({ ledger }: House): string | undefined {
  try {
    ledger.admit();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return typeof error.facts.what === 'string' ? error.facts.what : 'queue';
  }
}

function addRoute(app: FastifyInstance, house: House, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    ...(route.method === 'GET' ? {} : { bodyLimit: route.bodyLimit }),
    handler: (request, reply) => answer(house, route, { request, reply }),
    errorHandler: (error, request, reply) => sendProblem(house, { error, request, reply, refuses: route.refuses }),
    // A caller without a key is refused before its body is read.
    onRequest: async (request) => {
      request.visor = { caller: await house.keys(request.headers.authorization) };
    },
  });
}

interface Failed {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly refuses: Route['refuses'];
}

async function sendProblem(house: House, failed: Failed): Promise<void> {
  const { request, reply } = failed;
  const error = fromFramework(failed.error);
  const problem = problemOf(error, failed.refuses, request.id);
  if (problem.status === 500) house.bug(request.id, error);
  await house.refusals.note(request.visor?.caller, problem.code);
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  await reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

const FRAMEWORK: Readonly<Record<string, () => Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Refusal('request.too-large'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Refusal('request.content-type'),
  FST_ERR_CTP_EMPTY_TYPE: () => new Refusal('request.content-type'),
  FST_ERR_BAD_URL: () => new Refusal('request.not-found'),
  FST_ERR_MAX_PARAM_LENGTH: () => new Refusal('request.not-found'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new Refusal('request.body'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new Refusal('request.body'),
};

/** The framework names its own refusals by code; each becomes one of ours. */
function fromFramework(error: unknown): unknown {
  const code = (error as Partial<FastifyError> | undefined)?.code; // anything may be thrown; only a string code is used
  return (typeof code === 'string' ? FRAMEWORK[code]?.() : undefined) ?? error;
}

declare module 'fastify' {
  interface FastifyRequest {
    visor?: { readonly caller: import('./route.ts').Caller };
  }
}
