/** A checkout of nothing but the bootstrap, with a stand-in for npm and a command that tells how it was called. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';

const HERE = join(import.meta.dirname, '..', '..', '..');
const TOOLS = ['sh', 'readlink', 'dirname'];

/** Says everything that it can see of how it was started. */
const COMMAND = `
process.on('SIGTERM', () => process.exit(77));
process.on('SIGINT', () => process.exit(78));
console.log(JSON.stringify({ args: process.argv.slice(2), file: process.argv[1], cwd: process.cwd(), data: process.env.VISOR_DATA, node: process.versions.node }));
if (process.argv[2] === 'exit') process.exitCode = Number(process.argv[3]);
if (process.argv[2] === 'stay') setInterval(() => undefined, 60_000);
`;

export interface Scratch {
  readonly root: string;
  readonly path: string; // the only folder of the search path
  readonly data: string;
  readonly log: string;
  readonly tarball: string;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const sha = (name: string, bytes: Uint8Array): Buffer => createHash(name).update(bytes).digest();

/** One plain file in an archive of the plainest kind. */
export function tarOf(files: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        0ustar\x0000', 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export interface Wishes {
  readonly model?: string; //                what the model file holds in the package
  readonly tarball?: (right: Uint8Array) => Uint8Array; // what npm brings, though the manifest names its digest
  readonly names?: string; //                the digest of something else
}

/** @param name of the folder; a space in it is part of the test. */
export function scratch(
  t: TestContext,
  { model = 'weights', tarball = (right) => right, names }: Wishes = {},
): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'visor boot '));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const [root, path] = [join(folder, 'check out'), join(folder, 'bin')];
  for (const part of ['tools', 'doors/cli/src', 'rooms/face']) mkdirSync(join(root, part), { recursive: true });
  cpSync(join(HERE, 'tools', 'boot'), join(root, 'tools', 'boot'), { recursive: true });
  cpSync(join(HERE, 'visor'), join(root, 'visor'));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (const file of ['doors/cli/src/main.ts', 'tools/test.ts']) writeFileSync(join(root, file), COMMAND);
  const brought = tarball(gzipSync(tarOf({ 'package/model/one.onnx': model, 'package/README': 'x' })));
  writeFileSync(join(folder, 'models-1.0.0.tgz'), brought);
  const manifest = {
    package: {
      name: 'models',
      version: '1.0.0',
      integrity: `sha512-${sha('sha512', names ? Buffer.from(names) : brought).toString('base64')}`,
    },
    files: {
      one: { path: 'model/one.onnx', file: 'one.onnx', sha256: sha('sha256', Buffer.from('weights')).toString('hex') },
    },
  };
  writeFileSync(join(root, 'rooms/face/models.json'), JSON.stringify(manifest));
  makePath(path);
  return { root, path, data: join(root, 'data'), log: join(folder, 'log'), tarball: join(folder, 'models-1.0.0.tgz') };
}

function makePath(path: string): void {
  mkdirSync(path);
  for (const tool of TOOLS)
    symlinkSync(spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim(), join(path, tool));
  symlinkSync(process.execPath, join(path, 'node'));
  const npm = `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'stand-in-npm.mjs')}' "$@"\n`;
  writeFileSync(join(path, 'npm'), npm, { mode: 0o755 });
}

export interface How {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly program?: string;
  readonly uid?: number;
}

/** Starts `./visor` with nothing in its environment but what the test says. */
export function begin({ root, path, log, tarball }: Scratch, args: readonly string[], how: How = {}): ChildProcess {
  const env = { PATH: path, FAKE_LOG: log, FAKE_TARBALL: tarball, ...how.env };
  const as = how.uid === undefined ? {} : { uid: how.uid, gid: how.uid };
  return spawn(how.program ?? join(root, 'visor'), args, {
    env,
    cwd: how.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
}

export function endOf(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => (out += bytes));
  child.stderr?.on('data', (bytes) => (err += bytes));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

export const visor = (where: Scratch, args: readonly string[], how: How = {}): Promise<Ended> =>
  endOf(begin(where, args, how));

/** How npm was called so far. */
export const calls = ({ log }: Scratch): readonly string[] => {
  try {
    return readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.replace(/ \/.*/, ''));
  } catch {
    return []; // not yet
  }
};
