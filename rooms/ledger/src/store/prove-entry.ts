/** A proof from the public files alone, as any stranger's client would make it: checkpoint and tiles of one log. */
import { type Bytes, Refusal, type Sha256, text } from '@visor/record';
import { LEAF_LENGTH } from '../leaf.ts';
import { openCheckpoint } from '../note.ts';
import { proofText } from '../proof-text.ts';
import { verifyInclusion } from '../proofs.ts';
import type { VerifyEd25519 } from '../tools.ts';
import { foldNodes, inclusionPath, leafHash, type NodeRef } from '../tree.ts';
import { type FileLayer, readWhole, realFiles } from './files.ts';
import { logFolder } from './ledger-state.ts';
import { LOGS } from './open-ledger.ts';
import { TILE_HEIGHT, TILE_WIDTH, type TileNodes, tileFromFile } from './tile-nodes.ts';
import { CHECKPOINT, ORIGIN, tilePath } from './tile-paths.ts';
import { plainHasher, type TreeHasher } from './tree-hasher.ts';

export interface ProvePlan {
  readonly folder: string; // the ledger's, running or copied
  readonly files?: FileLayer;
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
  readonly publicKey: Bytes; // 32 bytes
  readonly index: number;
  readonly origin?: string; // of the log; may be left out where there is one only
}

interface Log {
  readonly files: FileLayer;
  readonly folder: string;
  readonly size: number;
  readonly hasher: TreeHasher;
  readonly tiles: Map<string, TileNodes>;
}

/**
 * A C2SP tlog-proof of one entry, checked before it is given out.
 * @throws Refusal `ledger.index` when the log or the entry is not there, or the log has to be named; `ledger.damaged`
 *         when a file that the checkpoint needs is missing or short; `ledger.note.*`, `ledger.proof.root`
 */
export async function proveEntry(plan: ProvePlan): Promise<string> {
  const { sha256, verify, publicKey, index, files = realFiles } = plan;
  const folder = await folderOf(plan, files);
  const checkpoint = text(await needed(files, `${folder}/${CHECKPOINT}`));
  const { size, root } = openCheckpoint({ sha256, verify }, checkpoint, publicKey);
  if (index >= size) throw new Refusal('ledger.index', { index, size });
  const log: Log = { files, folder, size, hasher: plainHasher(sha256), tiles: new Map() };
  const proof: Bytes[] = [];
  for (const refs of inclusionPath(index, size)) {
    const hashes: Bytes[] = [];
    for (const ref of refs) hashes.push(await nodeOf(log, ref));
    proof.push(foldNodes(sha256, hashes));
  }
  verifyInclusion(sha256, { leafHash: leafHash(sha256, await leafAt(log, index)), index, size, proof, root });
  return proofText({ index, proof, checkpoint });
}

async function folderOf({ folder, origin, sha256 }: ProvePlan, files: FileLayer): Promise<string> {
  const logs = `${folder}/${LOGS}`;
  if (origin !== undefined) return `${logs}/${logFolder(sha256, origin)}`;
  const found: string[] = [];
  for (const name of await files.list(logs)) {
    if ((await readWhole(files, `${logs}/${name}/${ORIGIN}`)) !== undefined) found.push(`${logs}/${name}`);
  }
  if (found.length !== 1) throw new Refusal('ledger.index', { logs: found.length });
  return found[0]!;
}

async function needed(files: FileLayer, path: string): Promise<Bytes> {
  const bytes = await readWhole(files, path);
  if (bytes === undefined) throw new Refusal('ledger.index', { what: 'no such file' });
  return bytes;
}

/** A node of level 8t + row stands in the tile of level t, in its file or one of the rows over it. */
async function nodeOf(log: Log, { level, index }: NodeRef): Promise<Bytes> {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const row = level % TILE_HEIGHT;
  const across = TILE_WIDTH / 2 ** row; // nodes of this row in one tile
  const tile = await tileAt(log, tileLevel, Math.floor(index / across));
  return tile.hash(row, index % across);
}

async function tileAt(log: Log, level: number, index: number): Promise<TileNodes> {
  const path = tilePath(level, index, widthOf(log.size, level, index));
  const held = log.tiles.get(path);
  if (held !== undefined) return held;
  const tile = tileFromFile(log.hasher, await needed(log.files, `${log.folder}/${path}`));
  log.tiles.set(path, tile);
  return tile;
}

/** Left out for a full tile. */
function widthOf(size: number, level: number, index: number): number | undefined {
  const count = Math.floor(size / TILE_WIDTH ** level);
  return (index + 1) * TILE_WIDTH <= count ? undefined : count % TILE_WIDTH;
}

/** Entry bundles hold each leaf behind its length in two bytes; every leaf of ours has the same. */
async function leafAt(log: Log, index: number): Promise<Bytes> {
  const bundle = Math.floor(index / TILE_WIDTH);
  const bytes = await needed(log.files, `${log.folder}/${tilePath('entries', bundle, widthOf(log.size, 0, bundle))}`);
  const start = (index % TILE_WIDTH) * (2 + LEAF_LENGTH) + 2;
  if (bytes.length < start + LEAF_LENGTH) throw new Refusal('ledger.damaged', { index, length: bytes.length });
  return bytes.slice(start, start + LEAF_LENGTH);
}
