/** A checkout as a newcomer has it: cloned into an empty folder, with an empty npm cache and an empty data folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 25;
const LONGEST_MS = 600_000;
const KEPT = /^npm_config_(?:registry|https?_proxy|proxy|noproxy|cafile|userconfig|globalconfig)$/i;

export class CleanCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), 'visor-start-'));
  readonly #root = join(this.folder, 'visor');
  readonly #cache = join(this.folder, 'npm-cache');

  constructor() {
    const { status, stderr } = spawnSync('git', ['clone', '--quiet', '.', this.#root], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`git could not clone this checkout: ${stderr}`);
  }

  /** `npm start` until the first page is answered, then the end of it. @returns seconds to that answer */
  async start(): Promise<number> {
    const port = await freePort();
    const env = this.#environment(port);
    const began = performance.now();
    const child = spawn('npm', ['start'], {
      cwd: this.#root,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (bytes) => (said = (said + bytes).slice(-4000)));
    try {
      await firstPage(child, port);
      return (performance.now() - began) / 1000;
    } catch (error) {
      throw new Error(`npm start did not come to its first page:\n${said}`, { cause: error });
    } finally {
      await end(child);
    }
  }

  /** What npm has fetched so far, tarballs and the lists that name them, in MiB as they came over the wire. */
  async fetchedMib(): Promise<number> {
    const content = join(this.#cache, '_cacache', 'content-v2');
    let bytes = 0;
    for (const entry of await readdir(content, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
    }
    return bytes / 2 ** 20;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Nothing of the Visor and the npm that run this bench, but where npm finds its registry. */
  #environment(port: number): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:VISOR_|NODE_OPTIONS|NODE_TEST|npm_)/i.test(name) || KEPT.test(name),
    );
    const path = (process.env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => !/node_modules|node-gyp-bin|[\\/]runtime[\\/]/.test(folder));
    return {
      ...Object.fromEntries(inherited),
      PATH: path.join(delimiter),
      npm_config_cache: this.#cache,
      VISOR_PORT: String(port),
    };
  }
}

async function firstPage(child: ChildProcess, port: number): Promise<void> {
  for (let waited = 0; waited < LONGEST_MS; waited += STEP_MS) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined); // nobody listens yet
    if (answer?.status === 200) return;
    await pause(STEP_MS);
  }
  throw new Error('it took too long');
}

/** Tells npm to end; it passes that on, and whoever still runs holds its error stream open. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('a port of its own was asked for');
  return address.port;
}
