/** The OpenAPI 3.1 document, made from the routes themselves: what is served is what is checked. */
import { type JsonObject, REFUSALS, type RefusalCode } from '@visor/record';
import { z } from 'zod';
import type { Route } from './route.ts';
import { STATUS } from './status.ts';

/** What any request may meet, and what any act may meet beside it. */
const ANY: readonly RefusalCode[] = [
  ...(['request.key', 'request.scope', 'request.origin', 'request.host'] as const),
  ...(['request.body', 'request.not-found', 'request.too-large', 'ledger.damaged'] as const),
];
const ANY_ACT: readonly RefusalCode[] = [
  ...(['request.content-type', 'request.idempotency-key', 'request.idempotency-body', 'request.repeated'] as const),
  ...(['request.state', 'request.reason', 'vault.budget', 'vault.serial', 'vault.releases-unshown'] as const),
  ...(['ledger.busy', 'keeper.lease'] as const),
];

/** Every refusal of a route with its status: its own table first, as the house answers it. */
export function refusalsOf(route: Route): ReadonlyMap<RefusalCode, number> {
  const codes = [...ANY, ...(route.method === 'POST' ? ANY_ACT : []), ...codesIn(route.refuses)];
  return new Map(codes.map((code) => [code, route.refuses[code] ?? STATUS[code]]));
}

const codesIn = (refuses: Route['refuses']): readonly RefusalCode[] =>
  Object.keys(REFUSALS).filter((code): code is RefusalCode => code in refuses);

/** @param version of this Visor, as package.json says it */
export function openApi(routes: readonly Route[], version: string): JsonObject {
  const shared = new Map<string, JsonObject>([['Problem', PROBLEM]]);
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, shared) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Visor', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of one site, shown once when it is made: `vsk_…`.' },
      },
      schemas: Object.fromEntries(shared),
    },
  };
}

function operation(route: Route, shared: Map<string, JsonObject>): JsonObject {
  const act = route.method === 'POST';
  const parameters = [...fields(route.params, 'path'), ...fields(route.query, 'query'), ...headers(route)];
  return {
    operationId: `${act ? 'post' : 'get'}${route.path.replace(/^\/v1/, '').replace(/[/:]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: route.says.split(/(?<=\.) |: /)[0] ?? route.says,
    description: `${route.says} Needs the scope \`${route.scope}\`. Entries in the ledger: ${route.entry}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(act ? { requestBody: body(route) } : {}),
    responses: {
      [act ? '201' : '200']: {
        description: act ? 'Done, entered, and the entry is signed.' : 'What was asked for.',
        content: { 'application/json': { schema: schemaOf(route.gives, shared) } },
      },
      ...problems(route),
    },
  };
}

const body = (route: Route): JsonObject => ({
  required: true,
  content: {
    'application/json': {
      schema: schemaOf(route.body, new Map()),
      ...(route.example === undefined ? {} : { example: route.example as JsonObject }), // a body is JSON
    },
  },
});

function fields(shape: z.ZodType, where: 'path' | 'query'): JsonObject[] {
  const { properties = {} } = schemaOf(shape, new Map()) as { properties?: Record<string, JsonObject> }; // of an object
  return Object.entries(properties).flatMap(([name, schema]) =>
    'not' in schema ? [] : [{ name, in: where, required: where === 'path', schema }],
  );
}

function headers({ method, reason }: Route): JsonObject[] {
  if (method === 'GET') return [];
  const idem = {
    ...{ name: 'Idempotency-Key', in: 'header', required: true },
    description: 'The same request under the same key is done once, and answered again for a day.',
    schema: { type: 'string', pattern: '^[!-~]{8,128}$' },
  };
  const why = {
    ...{ name: 'Visor-Reason', in: 'header', required: reason === true },
    description: 'Why; it is kept in the ledger, sealed.',
    schema: { type: 'string', minLength: 3, maxLength: 200 },
  };
  return [idem, why];
}

/** Refusals of one status share a response, which names their codes. */
function problems(route: Route): Record<string, JsonObject> {
  const byStatus = Map.groupBy(refusalsOf(route), ([, status]) => status);
  return Object.fromEntries(
    [...byStatus].map(([status, refusals]) => {
      const codes = refusals.map(([code]) => code);
      const said = codes.map((code) => `\`${code}\`: ${REFUSALS[code]}`).join('\n\n');
      const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }] };
      return [String(status), { description: said, content: { 'application/problem+json': { schema } } }];
    }),
  );
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. `code` is never renamed; docs/errors.md has a paragraph for each.',
  required: ['type', 'title', 'status', 'code', 'request'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    request: { type: 'string', description: 'names the request to the operator' },
    fix: { type: 'string' },
    facts: { type: 'object', description: 'ids, counts and limits' },
  },
};

/** JSON Schema 2020-12 of a shape; what has an id of its own goes to the shared ones. */
function schemaOf(shape: z.ZodType, shared: Map<string, JsonObject>): JsonObject {
  const made = JSON.stringify(z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }));
  const {
    $schema: _,
    $defs,
    ...schema
  } = JSON.parse(made.replaceAll('#/$defs/', '#/components/schemas/')) as {
    $schema?: string;
    $defs?: Record<string, JsonObject>;
  } & JsonObject; // what zod makes
  for (const [name, one] of Object.entries($defs ?? {})) shared.set(name, one);
  return schema;
}
