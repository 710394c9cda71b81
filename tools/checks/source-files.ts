/** Which files the checks read: what git tracks or would add, compared with what lies in the folders. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Manifest, SourceFile } from './plan.ts';

const SHELVES = '{rooms,doors,fixtures}';
const LEFT_OUT = /(^|\/)(node_modules|data)\//;

export interface Listing {
  readonly files: readonly string[];
  /** What is wrong with the listing itself; empty when git and the folders agree. */
  readonly differences: readonly string[];
}

/** All files that are or would be committed. Without git (an unpacked archive) only the folders are looked at. */
export function listFiles(patterns: readonly string[]): Listing {
  const found = new Set(patterns.flatMap((pattern) => foundBy(pattern)));
  const tracked = gitFiles();
  if (tracked === undefined) return { files: [...found].sort(), differences: [] };
  const listed = new Set(tracked.filter((path) => patterns.some((pattern) => posix.matchesGlob(path, pattern))));
  return {
    files: [...listed].sort(),
    differences: [
      ...[...found]
        .filter((path) => !listed.has(path))
        .map((path) => `${path} lies in the folder but git does not list it`),
      ...[...listed].filter((path) => !found.has(path)).map((path) => `${path} is listed by git but was not found`),
    ],
  };
}

export function listSources(): Listing {
  return listFiles([`${SHELVES}/*/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}`, 'tools/**/*.{ts,mjs}']);
}

export function readSources(paths: readonly string[]): SourceFile[] {
  return paths.map((path) => ({ path, source: readFileSync(path, 'utf8') }));
}

/** The package.json of every room, door and fixture by its folder ("rooms/ledger"), and of the whole house by ".". */
export function readManifests(): Map<string, Manifest> {
  const manifests = new Map<string, Manifest>([['.', readManifest('package.json')]]);
  for (const path of foundBy(`${SHELVES}/*/package.json`)) {
    manifests.set(path.slice(0, -'/package.json'.length), readManifest(path));
  }
  return manifests;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function foundBy(pattern: string): string[] {
  return globSync(pattern)
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !LEFT_OUT.test(path));
}

function gitFiles(): string[] | undefined {
  if (!existsSync('.git')) return undefined;
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (git.status !== 0) return undefined;
  return git.stdout.split('\0').filter((path) => path !== '' && existsSync(path));
}
