import { mkdir, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

/**
 * Two starts at once must not install into one folder at once. The one that comes second waits for the first, and finds
 * the work done. The turn is an abstract Unix socket named from device and inode, so the kernel ends it with the process.
 * @template T
 * @param {import('./step.mjs').Start} start @param {string} folder @param {() => Promise<T>} work
 */
export async function inTurn({ say, stop }, folder, work) {
  if (process.platform !== 'linux') return work();
  await mkdir(folder, { recursive: true });
  const { dev, ino } = await stat(folder, { bigint: true });
  const name = `\0visor-boot-${dev.toString(16)}-${ino.toString(16)}`;
  for (let told = false; !stop.aborted; told = true) {
    const turn = await taken(name);
    if (turn !== undefined) {
      try {
        return await work();
      } finally {
        turn();
      }
    }
    if (!told) say('Another start is bringing the same; waiting for it …');
    await gone(name, stop);
  }
  throw stop.reason;
}

/** @param {string} name @returns {Promise<(() => void) | undefined>} ends the turn; undefined when somebody has it */
function taken(name) {
  const waiting = new Set();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => waiting.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.on('error', (error) =>
      'code' in error && error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(name, () => {
      server.unref();
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      });
    });
  });
}

/** Until whoever has the turn lets go of it or ends. @param {string} name @param {AbortSignal} stop @returns {Promise<void>} */
function gone(name, stop) {
  return new Promise((resolve) => {
    const socket = connect(name);
    stop.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
