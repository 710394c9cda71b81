/** The keeper as a process of its own. Started by the server, which hands it its orders; it ends when the server does. */
import { rm } from 'node:fs/promises';
import { type Server, Socket } from 'node:net';
import { type Bytes, Fault, instant, Refusal } from '@visor/record';
import { plain, random } from './cipher.ts';
import { FrameReader } from './frames.ts';
import { type OpenedKeeper, openKeeper } from './open-keeper.ts';
import { type Begun, begunLine, notBegunLine, ORDERS, type Orders, SOCKET } from './orders.ts';
import { lockHere, settleIn } from './settle-in.ts';
import { listen } from './socket.ts';
import { decode } from './wire.ts';

const SETTLE_MS = 1_000;
const ORDERS_LIMIT = 16_384;

interface Running {
  readonly begun: Begun;
  readonly keeper: OpenedKeeper;
  readonly server: Server;
}

const parent = new Socket({ fd: 3, readable: true, writable: false });

function readOrders(): Promise<Orders> {
  const reader = new FrameReader(ORDERS_LIMIT);
  const gone = (): never => process.exit(0);
  return new Promise((resolve, reject) => {
    const take = (chunk: Bytes): void => {
      reader.push(plain(Buffer.from(chunk)));
      const whole = reader.next();
      if (whole === undefined) return;
      parent.off('data', take);
      parent.off('end', gone);
      parent.resume();
      resolve(ORDERS(decode(whole), 'orders'));
    };
    parent.on('data', take);
    parent.once('error', reject);
    parent.once('end', gone);
  });
}

async function start(orders: Orders): Promise<Running> {
  const begun = await settleIn(orders.folder, orders.uid);
  await lockHere();
  const { house, create } = orders;
  const keeper = await openKeeper({ folder: '.', house, create, random, now: () => instant(Date.now()) });
  return { begun, keeper, server: await listen(SOCKET, orders.token, keeper.run) };
}

async function stop({ keeper, server }: Running): Promise<never> {
  server.close();
  await keeper[Symbol.asyncDispose]();
  await rm(SOCKET, { force: true });
  process.exit(0);
}

/** A write that failed leaves it open what is on disk; only reading it again tells. The server starts the next one. */
async function beat(running: Running): Promise<void> {
  try {
    await running.keeper.settle();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    process.stderr.write(`${cause.message}\n`);
  }
  if (running.keeper.failed) process.exit(4);
}

async function main(): Promise<void> {
  process.on('SIGINT', () => undefined); // a terminal sends it to the whole group; the server says when to stop
  const orders = await readOrders();
  let running: Running;
  try {
    running = await start(orders);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Fault)) throw error;
    process.stdout.write(notBegunLine(error), () => process.exit(error instanceof Refusal ? 1 : 4));
    return;
  }
  const ending = (): void => void stop(running);
  parent.once('end', ending);
  process.once('SIGTERM', ending);
  setInterval(() => void beat(running), SETTLE_MS);
  process.stdout.write(begunLine(running.begun));
}

await main();
