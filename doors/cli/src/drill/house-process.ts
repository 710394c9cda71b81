import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Fault } from '@visor/record';

export interface HouseProcess {
  readonly folder: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Ends the house as an operator would, and waits until it has. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;

/** A house of its own, in a process of its own, on loopback: what a drill talks to is what an operator runs. */
export async function startHouse(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HouseProcess> {
  const port = await freePort();
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve'], {
    env: { ...env, VISOR_DATA: folder, VISOR_PORT: String(port), VISOR_URL: undefined, VISOR_DATABASE_URL: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-2_000);
  });
  child.stdout.resume();
  const ended = once(child, 'exit');
  await answering(port, ended, () => said);
  return {
    folder,
    port,
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function answering(port: number, ended: Promise<unknown>, said: () => string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  const dead = ended.then(() => {
    throw new Fault('house', `The house of the drill did not start: ${said().trim().split('\n').at(-1) ?? ''}`);
  });
  dead.catch(() => undefined); // the race below reports it; without a race left nobody waits for it
  while (Date.now() < until) {
    const up = await Promise.race([knock(port), dead]);
    if (up) return;
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), dead]);
  }
  throw new Fault('house', 'The house of the drill did not answer within a minute.');
}

const knock = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    (answer) => answer.ok,
    () => false,
  );

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
