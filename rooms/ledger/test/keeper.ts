/** A keeper in the same process: signs and remembers, and nothing more. */
import {
  checkpointBody,
  type Edge,
  edgeRoot,
  emptyEdge,
  extendEdge,
  keyIdOf,
  type LeafRun,
  type LogHead,
  leafHash,
  type SignedHead,
  type Signer,
  signedNote,
} from '@visor/ledger';
import { type Bytes, Refusal, utf8 } from '@visor/record';
import { type LogKey, logKey, sha256 } from './tools.ts';

export class OwnKeeper implements Signer {
  readonly #key: LogKey;
  readonly #edges = new Map<string, Edge>();
  #lease = 0;

  constructor(secret: Bytes) {
    this.#key = logKey(secret);
  }

  get publicKey(): Bytes {
    return this.#key.publicKey;
  }

  async sign({ lease, logs }: { lease: number; logs: readonly LeafRun[] }): Promise<readonly SignedHead[]> {
    if (lease < this.#lease) throw new Refusal('keeper.lease', { lease });
    this.#lease = lease;
    return logs.map(({ origin, from, leaves }) => {
      const edge = this.#edges.get(origin) ?? emptyEdge;
      if (from !== edge.size) throw new Refusal('keeper.rollback', { from, signed: edge.size });
      const hashes = leaves.map((leaf) => leafHash(sha256, leaf));
      const grown = extendEdge(sha256, edge, hashes);
      this.#edges.set(origin, grown);
      return this.#signed({ origin, size: grown.size, root: edgeRoot(sha256, grown) });
    });
  }

  #signed(head: LogHead): SignedHead {
    const body = checkpointBody(head);
    const keyId = keyIdOf(sha256, head.origin, this.publicKey);
    return { ...head, note: signedNote(body, { name: head.origin, keyId, signature: this.#key.sign(utf8(body)) }) };
  }

  async heads(): Promise<readonly LogHead[]> {
    return [...this.#edges].map(([origin, edge]) => ({ origin, size: edge.size, root: edgeRoot(sha256, edge) }));
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }
}
