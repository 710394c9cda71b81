import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@visor/record';
import { Fault } from '@visor/record';

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A client as an app’s backend would write it: a key, an Idempotency-Key, and the same request again on 503. */
export interface Client {
  get(path: string): Promise<Answer>;
  post(path: string, body: JsonObject, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

const TRIES = 40;

export function makeClient(port: number, secret: string): Client {
  const base = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${secret}`;
  return {
    get: (path) => asked(`${base}${path}`, { headers: { authorization } }),
    post: (path, body, headers = {}) =>
      asked(`${base}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
        body: JSON.stringify(body),
      }),
  };
}

async function asked(url: string, init: RequestInit): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, init).catch(
      (cause: unknown) => new Fault('house', 'The house does not answer.', {}, { cause }),
    );
    if (answer instanceof Fault) {
      if (tries >= TRIES) throw answer;
    } else if (answer.status !== 503 || tries >= TRIES) {
      return { status: answer.status, body: (await answer.json()) as JsonObject }; // every answer of a house is a JSON object
    } else await answer.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The answer of an act that has to succeed; anything else ends the drill. */
export async function must(answer: Promise<Answer>): Promise<JsonObject> {
  const { status, body } = await answer;
  if (status >= 300)
    throw new Fault('drill', `The house answered ${status} ${String(body.code ?? '')} where the drill needs a yes.`);
  return body;
}
