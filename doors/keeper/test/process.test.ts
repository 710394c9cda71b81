import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encode, type KeeperClient, type StartParts, startKeeper } from '@visor/keeper';
import { type Bytes, concat, u32 } from '@visor/record';
import { HOUSE, random, releaseOf, testPerson } from './keeper-folder.ts';

const UID = 61_234;

interface Started extends AsyncDisposable {
  readonly client: KeeperClient;
  readonly folder: string;
}

async function started(more: Partial<StartParts> = {}): Promise<Started> {
  const parent = await mkdtemp(join(tmpdir(), 'visor-keeper-'));
  const folder = join(parent, 'keeper');
  const client = await startKeeper({ folder, house: HOUSE, create: true, say: () => undefined, ...more });
  return {
    ...{ client, folder },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** Waits until the keeper is back; it says so by answering. */
async function answers(client: KeeperClient): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (client.status().running) return;
    await new Promise((resolve) => setTimeout(resolve, 25)); // a process starts: there is no clock to move
  }
  assert.fail('the keeper did not come back');
}

test('a killed keeper is started again and still knows what it burnt and counted', async () => {
  await using held = await started();
  const { client } = held;
  const person = await testPerson(client);
  await client.release(releaseOf(person));
  await client.burn([{ site: person.site, person: person.key.person, below: 2, erased: false }]);
  process.kill(client.status().pid!, 'SIGKILL');
  const open = client.heads();
  await assert.rejects(open, { name: 'Fault', part: 'keeper' });
  await assert.rejects(client.heads(), { name: 'Fault', part: 'keeper' });
  await answers(client);
  assert.equal(client.status().restarts, 1);
  await assert.rejects(client.release(releaseOf(person)), { code: 'keeper.serial.dead' });
});

test('calls of one turn are all answered, each with its own answer', async () => {
  await using held = await started();
  const { client } = held;
  const person = await testPerson(client);
  const releases = await Promise.all(Array.from({ length: 200 }, () => client.release(releaseOf(person))));
  assert.deepEqual(
    releases.map(({ number }) => number.count),
    Array.from({ length: 200 }, (_, at) => at + 1),
  );
  const mixed = await Promise.allSettled([client.heads(), client.decisionKey('nonsense'), client.publicKeys()]);
  assert.deepEqual(
    mixed.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a keeper of its own user keeps its folder to itself', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  await using held = await started({ uid: UID });
  assert.equal(held.client.status().alone, true);
  for (const name of ['.', 'house.root', 'keys.sealed', 'memory.journal', 'keeper.sock']) {
    const { uid, mode } = await stat(join(held.folder, name));
    assert.equal(uid, UID, name);
    assert.equal(mode & 0o077, 0, name);
  }
  const status = await readFile(`/proc/${held.client.status().pid}/status`, 'utf8');
  assert.match(status, new RegExp(`Uid:\\s+${UID}\\s+${UID}\\s+${UID}`));
  assert.match(status, /Groups:\s*\n/);
  const environment = await readFile(`/proc/${held.client.status().pid}/environ`, 'utf8');
  assert.equal(environment, '');
});

test('a keeper that shares the user of the server says so', async () => {
  await using held = await started();
  assert.equal(held.client.status().alone, false);
  assert.equal(held.client.status().says.length, 1);
});

test('a folder deeper than a socket path may be is reached all the same', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'visor-keeper-'));
  const folder = join(parent, 'a'.repeat(120), 'keeper');
  await using client = await startKeeper({ folder, house: HOUSE, create: true, say: () => undefined });
  assert.deepEqual(await client.heads(), []);
  await rm(parent, { recursive: true, force: true });
});

test('a keeper that refuses to start says why', async () => {
  await using held = await started();
  await held.client[Symbol.asyncDispose]();
  const parts = { folder: held.folder, say: () => undefined };
  await assert.rejects(startKeeper({ ...parts, house: 'hse_other', create: true }), {
    name: 'Refusal',
    code: 'keeper.foreign',
  });
  const empty = { ...parts, folder: join(held.folder, '..', 'empty') };
  await assert.rejects(startKeeper({ ...empty, house: HOUSE, create: false }), {
    name: 'Refusal',
    code: 'keeper.missing',
  });
});

test('a keeper goes when its server goes', async () => {
  await using held = await started();
  const { pid } = held.client.status();
  await held.client[Symbol.asyncDispose]();
  assert.throws(() => process.kill(pid!, 0), { code: 'ESRCH' });
  await assert.rejects(held.client.heads(), { name: 'Fault' });
});

async function dial(folder: string): Promise<Socket> {
  const socket = connect(join(folder, 'keeper.sock'));
  socket.on('error', () => undefined); // being cut off is what is looked at
  await once(socket, 'connect');
  return socket;
}

const framed = (payload: Bytes): Bytes => concat([u32(payload.length), payload]);

test('whoever does not show the token is cut off, and nobody else notices', async () => {
  await using held = await started();
  for (const [what, first] of [
    ['another token', framed(encode({ protocol: 1, token: random(32) }))],
    ['a token of another length', framed(encode({ protocol: 1, token: random(31) }))],
    ['another protocol', framed(encode({ protocol: 2, token: random(32) }))],
    ['a question first', framed(encode({ number: 1, operation: 'heads', args: {} }))],
    ['a frame larger than a greeting', concat([u32(129), random(129)])],
    ['no frame at all', concat([Uint8Array.of(255, 255, 255, 255), random(64)])],
    ['a page of the web', new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ] as const) {
    const socket = await dial(held.folder);
    socket.write(first);
    await once(socket, 'close');
    assert.equal(socket.bytesRead, 0, what);
  }
  assert.deepEqual(await held.client.heads(), []);
  assert.equal(held.client.status().restarts, 0);
});

/** Numbers that a seed fixes: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test('a thousand wrong frames from strangers leave the keeper as it was', async () => {
  await using held = await started();
  const { client } = held;
  const person = await testPerson(client);
  const next = seeded(20260603);
  const greeting = framed(encode({ protocol: 1, token: new Uint8Array(32) }));
  for (let round = 0; round < 50; round += 1) {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => dial(held.folder)));
    const closed = sockets.map((socket) => once(socket, 'close'));
    for (const socket of sockets) {
      const bytes = greeting.slice(0, 1 + Math.floor(next() * greeting.length));
      for (let i = 0; i < 3; i += 1) bytes[Math.floor(next() * bytes.length)]! = Math.floor(next() * 256);
      socket.end(bytes);
    }
    await Promise.all(closed);
  }
  await client.release(releaseOf(person));
  assert.equal(client.status().restarts, 0);
});
