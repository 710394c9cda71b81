/** Tiles as files: C2SP tlog-tiles below one folder a log. All of them can be made again from the segments. */
import { type Bytes, type Sha256, utf8 } from '@visor/record';
import { type FileLayer, readWhole, replaceFile } from './files.ts';
import { logFolder } from './ledger-state.ts';
import { TILE_WIDTH } from './tile-nodes.ts';
import { CHECKPOINT, ORIGIN, tilePath } from './tile-paths.ts';

export interface PartialTile {
  readonly level: number;
  readonly index: number;
  readonly width: number; // 1 to 255
}

/** The partial tiles that a tree of this size has, level 0 first. */
export function partialTiles(size: number): readonly PartialTile[] {
  const found: PartialTile[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) found.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return found;
}

export class TileFiles {
  readonly #files: FileLayer;
  readonly #sha256: Sha256;
  readonly #root: string;
  readonly #folders = new Set<string>();

  /** @param root folder of the logs */
  constructor({ files, sha256, root }: { files: FileLayer; sha256: Sha256; root: string }) {
    this.#files = files;
    this.#sha256 = sha256;
    this.#root = root;
  }

  #path(origin: string, name: string): string {
    return `${this.#root}/${logFolder(this.#sha256, origin)}/${name}`;
  }

  read(origin: string, name: string): Promise<Bytes | undefined> {
    return readWhole(this.#files, this.#path(origin, name));
  }

  /** Bytes of a file; undefined when it is not there. */
  async length(origin: string, name: string): Promise<number | undefined> {
    const file = await this.#files.openToRead(this.#path(origin, name));
    if (file === undefined) return undefined;
    try {
      return await file.length();
    } finally {
      await file.close();
    }
  }

  /** Not synced: a power cut may take it, and the next reader makes it again. */
  async write(origin: string, name: string, bytes: Bytes): Promise<void> {
    const path = this.#path(origin, name);
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (!this.#folders.has(folder)) {
      await this.#files.makeFolder(folder);
      if (this.#folders.size > 10_000) this.#folders.clear();
      this.#folders.add(folder);
    }
    await replaceFile(this.#files, path, { bytes, durable: false });
  }

  async sync(origin: string, name: string): Promise<void> {
    const file = await this.#files.openToWrite(this.#path(origin, name));
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  writeCheckpoint(origin: string, note: string): Promise<void> {
    return this.write(origin, CHECKPOINT, utf8(note));
  }

  async writeOrigin(origin: string): Promise<void> {
    if ((await this.read(origin, ORIGIN)) === undefined) await this.write(origin, ORIGIN, utf8(`${origin}\n`));
  }

  /** Takes away the partial tiles of a size that is no longer published, and whole folders of tiles that are full. */
  async removePartials(origin: string, { before, now }: { before: number; now: number }): Promise<void> {
    const kept = new Set(partialTiles(now).map(({ level, index, width }) => `${level}/${index}/${width}`));
    for (const { level, index, width } of partialTiles(before)) {
      if (kept.has(`${level}/${index}/${width}`)) continue;
      const full = (index + 1) * TILE_WIDTH ** (level + 1) <= now;
      for (const kind of level === 0 ? ([level, 'entries'] as const) : [level]) {
        const path = this.#path(origin, tilePath(kind, index, width));
        if (full) await this.#removeFolder(path.slice(0, path.lastIndexOf('/')));
        else await this.#files.remove(path);
      }
    }
  }

  #removeFolder(folder: string): Promise<void> {
    this.#folders.delete(folder);
    return this.#files.removeFolder(folder);
  }
}
