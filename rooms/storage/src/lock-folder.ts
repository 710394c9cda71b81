import { stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { Fault, Refusal } from '@visor/record';

const ANSWER_WAIT_MS = 1000;
const LONGEST_ANSWER = 20;

/**
 * Holds a folder for this process. The lock is an abstract Unix socket named from the folder's device and inode, so two
 * paths to one folder meet, a moved folder stays locked, and the kernel lets go when the process ends in whatever way.
 * It reaches as far as the network namespace: two containers that share a folder do not see each other's lock, and
 * another user of the machine can take the name first, which keeps us out but lets nobody in.
 * @throws Refusal `storage.folder-locked` with `process`, the id that the holder says of itself, where it answers.
 * @throws Fault `storage` where the folder cannot be read or the system has no abstract sockets.
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const name = await lockName(folder);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${process.pid}\n`);
  });
  const failure = await listening(server, name);
  if (failure === undefined) {
    server.unref();
    return { [Symbol.asyncDispose]: () => closed(server) };
  }
  if (failure !== 'EADDRINUSE') throw new Fault('storage', 'The data folder cannot be locked.', { code: failure });
  const holder = await holderOf(name);
  throw new Refusal('storage.folder-locked', holder === undefined ? {} : { process: holder });
}

async function lockName(folder: string): Promise<string> {
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    return `\0visor-${dev.toString(16)}-${ino.toString(16)}`;
  } catch (cause) {
    throw new Fault('storage', 'The data folder cannot be read.', {}, { cause });
  }
}

function listening(server: Server, name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen(name, () => resolve(undefined));
  });
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** The holder may be anybody: a short answer of digits is believed, anything else is no answer. */
function holderOf(name: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(name);
    let heard = '';
    const done = (): void => {
      socket.destroy();
      resolve(/^\d{1,10}\n$/.test(heard) ? Number(heard) : undefined);
    };
    socket.setTimeout(ANSWER_WAIT_MS, done);
    socket.on('error', done);
    socket.on('end', done);
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      if (heard.length > LONGEST_ANSWER) done();
    });
  });
}
