import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSALS } from '@visor/record';
import { openApi, ROUTES, refusalsOf } from '@visor/server';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
const document = openApi(ROUTES, '0.1.0') as any;
const pathOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

test('the document has every route and nothing else', () => {
  const described = Object.entries(document.paths).flatMap(
    ([path, item]) => Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`), // paths hold objects
  );
  assert.deepEqual(described.sort(), ROUTES.map(({ method, path }) => `${method} ${pathOf(path)}`).sort());
  const names = ROUTES.map(({ method, path }) => document.paths[pathOf(path)][method.toLowerCase()].operationId);
  assert.equal(new Set(names).size, ROUTES.length, names.join(' '));
});

test('every body that a route takes has an example that it takes, and the document shows it', () => {
  for (const route of ROUTES.filter(({ method }) => method === 'POST')) {
    assert.ok(route.example !== undefined, route.path);
    assert.ok(route.body.safeParse(route.example).success, `${route.path} refuses its own example`);
    const shown = document.paths[pathOf(route.path)].post.requestBody.content['application/json'];
    assert.deepEqual(shown.example, route.example);
    assert.equal(shown.schema.additionalProperties, false, `${route.path} takes what it does not name`);
  }
});

test('every refusal of a route stands under the status that it is answered with', () => {
  for (const route of ROUTES) {
    const { responses } = document.paths[pathOf(route.path)][route.method.toLowerCase()];
    for (const [code, status] of refusalsOf(route)) {
      const said = responses[status].content['application/problem+json'].schema.allOf[1].properties.code.enum;
      assert.ok(said.includes(code), `${route.path} ${code}`);
      assert.ok(responses[status].description.includes(REFUSALS[code]));
      assert.notEqual(status, 500, `${route.path} ${code}`);
    }
    for (const code of Object.keys(route.refuses)) assert.ok([...refusalsOf(route).keys()].some((one) => one === code));
  }
});

test('every path parameter is described, and every act asks for its key', () => {
  for (const { method, path } of ROUTES) {
    const { parameters = [] } = document.paths[pathOf(path)][method.toLowerCase()];
    const named = (where: string): string[] =>
      parameters.filter((one: { in: string }) => one.in === where).map((one: { name: string }) => one.name);
    assert.deepEqual(
      named('path'),
      [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!),
    );
    assert.equal(named('header').includes('Idempotency-Key'), method === 'POST', path);
  }
});

test('every reference within the document leads somewhere', () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name!,
  );
  assert.ok(refs.includes('Receipt') && refs.includes('Problem'));
  for (const name of refs) assert.ok(document.components.schemas[name], name);
});
