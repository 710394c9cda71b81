import {
  checkpointBody,
  type Edge,
  edgeRoot,
  emptyEdge,
  extendEdge,
  keyIdOf,
  type LogHead,
  leafHash,
  type SignedHead,
  signedNote,
} from '@visor/ledger';
import { type Bytes, equalBytes, Fault, Refusal, utf8 } from '@visor/record';
import { sha256 } from './cipher.ts';
import { type Core, remember } from './core.ts';

interface Run {
  readonly origin: string;
  readonly from: number;
  readonly leaves: readonly Bytes[];
}

interface Extended {
  readonly origin: string;
  readonly edge: Edge;
  readonly before: Edge | undefined; // what a repeated batch is checked against
}

/** The edge before the last batch of each log, so that a batch that comes twice is known for what it is. */
export type Befores = Map<string, Edge>;

/**
 * Signs the head after each run of leaves: only roots that are computed here, from leaves and an edge kept here.
 * All runs or none. A higher lease is durable before anything is signed under it.
 * @throws Refusal `keeper.lease`, `keeper.rollback`, `keeper.fork`; Fault `keeper` with the size held, when leaves
 *         between that and `from` were never shown (the keeper was killed before its memory was synced)
 */
export async function sign(
  core: Core,
  befores: Befores,
  batch: { lease: number; logs: readonly Run[] },
): Promise<readonly SignedHead[]> {
  const { lease } = batch;
  if (lease < core.memory.lease) throw new Refusal('keeper.lease', { lease, newest: core.memory.lease });
  if (lease > core.memory.lease) {
    remember(core, { is: 'lease', lease });
    await core.journal.synced();
    if (lease < core.memory.lease) throw new Refusal('keeper.lease', { lease, newest: core.memory.lease });
  }
  const extended = batch.logs.map((run) => extend(core, befores, run));
  for (const { origin, edge, before } of extended) {
    if (before === undefined) continue;
    core.memory.edges.set(origin, edge);
    befores.set(origin, before);
    core.fresh.edges.add(origin);
  }
  return extended.map(({ origin, edge }) => signedHead(core, origin, edge));
}

function extend(core: Core, befores: Befores, { origin, from, leaves }: Run): Extended {
  const held = core.memory.edges.get(origin) ?? emptyEdge;
  if (from > held.size) {
    throw new Fault('keeper', 'The keeper has not seen the leaves before these.', { origin, from, held: held.size });
  }
  if (from === held.size) {
    const hashes = leaves.map((leaf) => leafHash(sha256, leaf));
    return { origin, edge: extendEdge(sha256, held, hashes), before: leaves.length === 0 ? undefined : held };
  }
  if (from + leaves.length !== held.size) {
    throw new Refusal('keeper.rollback', { origin, from, signed: held.size });
  }
  refuseFork(befores.get(origin), held, { origin, from, leaves });
  return { origin, edge: held, before: undefined };
}

/** The batch that was signed last may be asked for again: the answer may have been lost. */
function refuseFork(before: Edge | undefined, held: Edge, { origin, from, leaves }: Run): void {
  if (before?.size !== from) return; // the head below is still the one that was computed here; the asker compares it
  const hashes = leaves.map((leaf) => leafHash(sha256, leaf));
  const again = edgeRoot(sha256, extendEdge(sha256, before, hashes));
  if (!equalBytes(again, edgeRoot(sha256, held))) throw new Refusal('keeper.fork', { origin, from });
}

function signedHead(core: Core, origin: string, edge: Edge): SignedHead {
  const head = { origin, size: edge.size, root: edgeRoot(sha256, edge) };
  const body = checkpointBody(head);
  const keyId = keyIdOf(sha256, origin, core.log.publicKey);
  return { ...head, note: signedNote(body, { name: origin, keyId, signature: core.log.sign(utf8(body)) }) };
}

export function heads(core: Core): readonly LogHead[] {
  return [...core.memory.edges].map(([origin, edge]) => ({ origin, size: edge.size, root: edgeRoot(sha256, edge) }));
}
