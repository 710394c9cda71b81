import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { Fault, type Json, type JsonObject, Refusal, type RefusalCode } from '@visor/record';

const NAME = 'local.sock';
const MOST_BYTES = 1 << 20;

/** What the commands of this machine may ask of a running house; whoever may write its folder may ask. */
export type LocalActs = Readonly<Record<string, (args: JsonObject) => Promise<Json>>>;

/**
 * A socket path holds 107 bytes and a data folder may be deeper than that: the folder is opened and
 * the socket is named through its descriptor, which is short whatever the folder is called.
 */
function reach<T>(folder: string, use: (path: string) => Promise<T>): Promise<T> {
  const held = openSync(folder, 'r');
  const path = process.platform === 'linux' ? `/proc/self/fd/${held}/${NAME}` : join(folder, NAME);
  return use(path).finally(() => closeSync(held));
}

/** @param bug is told what no act may throw; the house goes on, and whoever asked is told that there is one */
export async function listenLocally(
  folder: string,
  acts: LocalActs,
  bug: (error: unknown) => void,
): Promise<AsyncDisposable> {
  await rm(join(folder, NAME), { force: true });
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    let length = 0;
    incoming.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= MOST_BYTES) parts.push(part);
      else incoming.destroy();
    });
    incoming.on('end', async () => {
      const said = await act(acts, Buffer.concat(parts).toString('utf8')).catch((error: unknown): Said => {
        bug(error);
        return { fault: 'Something is wrong inside this house; it says where in its own output.' };
      });
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
    });
  });
  await reach(folder, (path) => listening(server, path));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(join(folder, NAME), { force: true });
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177); // nobody else may knock, not even between bind and chmod
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  }).finally(() => process.umask(before));
}

interface Said {
  readonly done?: Json;
  readonly refused?: { readonly code: RefusalCode; readonly facts: Refusal['facts'] };
  readonly fault?: string;
}

async function act(acts: LocalActs, body: string): Promise<Said> {
  try {
    const { act: name, args } = JSON.parse(body) as { act: string; args: JsonObject }; // only this program's commands knock here
    const run = Object.hasOwn(acts, name) ? acts[name] : undefined;
    if (run === undefined) throw new Refusal('request.not-found');
    return { done: await run(args) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: { code: error.code, facts: error.facts } };
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

/** Asks the house that runs on this folder; `undefined` when none does. */
export async function askLocally(folder: string, act: string, args: JsonObject): Promise<Json | undefined> {
  const body = await reach(folder, (path) => posted(path, JSON.stringify({ act, args })));
  if (body === undefined) return undefined;
  const said = JSON.parse(body) as Said; // the house on the other side wrote it
  if (said.refused !== undefined) throw new Refusal(said.refused.code, said.refused.facts);
  if (said.fault !== undefined) throw new Fault('house', said.fault);
  return said.done ?? null;
}

function posted(path: string, body: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path, method: 'POST', path: '/' }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
      answer.on('error', reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const nobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK';
      return nobody
        ? resolve(undefined)
        : reject(new Fault('house', 'The running house does not answer.', {}, { cause: error }));
    });
    asked.end(body);
  });
}
