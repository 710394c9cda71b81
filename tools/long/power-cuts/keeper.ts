/** A keeper for the power cuts: signs, remembers heads, and forgets what it had not synced when the power goes. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
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
import { type Bytes, concat, fromHex, Refusal, type Sha256, utf8 } from '@visor/record';

const PKCS8_ED25519 = fromHex('302e020100300506032b657004220420'); // RFC 8410, before the 32 secret bytes

export const sha256: Sha256 = (data) => new Uint8Array(hash('sha256', data, 'buffer'));

export class TestKeeper implements Signer {
  readonly publicKey: Bytes;
  readonly #key: KeyObject;
  readonly #sha256: Sha256;
  #edges = new Map<string, Edge>();
  #synced = new Map<string, Edge>();
  #lease = 0;
  /** Called before each answer; an error it throws is the answer. */
  before: () => void = () => undefined;

  constructor(secret: Bytes, digest = sha256) {
    this.#sha256 = digest;
    this.#key = createPrivateKey({
      key: Buffer.from(concat([PKCS8_ED25519, secret])),
      format: 'der',
      type: 'pkcs8',
    });
    this.publicKey = new Uint8Array(createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32));
  }

  async sign({ lease, logs }: { lease: number; logs: readonly LeafRun[] }): Promise<readonly SignedHead[]> {
    this.before();
    if (lease < this.#lease) throw new Refusal('keeper.lease', { lease, newest: this.#lease });
    this.#lease = lease; // durable at once
    return logs.map((run) => this.#extend(run));
  }

  #extend({ origin, from, leaves }: LeafRun): SignedHead {
    const edge = this.#edges.get(origin) ?? emptyEdge;
    if (from !== edge.size)
      throw new Refusal(from < edge.size ? 'keeper.rollback' : 'keeper.fork', { from, have: edge.size });
    const grown = extendEdge(
      this.#sha256,
      edge,
      leaves.map((leaf) => leafHash(this.#sha256, leaf)),
    );
    this.#edges.set(origin, grown);
    const head = { origin, size: grown.size, root: edgeRoot(this.#sha256, grown) };
    const body = checkpointBody(head);
    const signature = new Uint8Array(sign(null, utf8(body), this.#key));
    return {
      ...head,
      note: signedNote(body, { name: origin, keyId: keyIdOf(this.#sha256, origin, this.publicKey), signature }),
    };
  }

  async heads(): Promise<readonly LogHead[]> {
    this.before();
    return [...this.#edges].map(([origin, edge]) => ({ origin, size: edge.size, root: edgeRoot(this.#sha256, edge) }));
  }

  async sync(): Promise<void> {
    this.before();
    this.#synced = new Map(this.#edges);
  }

  /** The power comes back: what was not synced is forgotten, unless it had reached the disk all the same. */
  restart(kept: boolean): void {
    if (!kept) this.#edges = new Map(this.#synced);
    else this.#synced = new Map(this.#edges);
  }
}
