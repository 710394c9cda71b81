import type { Bytes } from '@visor/record';

export interface LogHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes; // 32 bytes
}

/** A head with the signed note that says it: the same body gives the same bytes, however often it is signed. */
export interface SignedHead extends LogHead {
  readonly note: string;
}

export interface LeafRun {
  readonly origin: string;
  readonly from: number; // index of the first leaf; must be the size that the signer holds for this log
  readonly leaves: readonly Bytes[]; // LEAF_LENGTH bytes each; none asks for the present head again
}

/**
 * Who signs. It hashes the leaves itself, holds each log's edge, and signs only a root that it computed.
 * Implemented by the keeper's client; declared here because the ledger must not know the keeper.
 */
export interface Signer {
  /**
   * One head a run, in the order of the runs. A batch without runs only announces a lease: a higher number than any
   * before is durable in the signer before the answer, and a lower one is refused from then on.
   * @throws Refusal `keeper.lease`, `keeper.rollback` (from is behind what was signed) or `keeper.fork`
   */
  sign(batch: { readonly lease: number; readonly logs: readonly LeafRun[] }): Promise<readonly SignedHead[]>;
  /** What was signed last, of every log. */
  heads(): Promise<readonly LogHead[]>;
  /** Makes all that was signed so far durable in the signer's memory; asked before a checkpoint is published. */
  sync(): Promise<void>;
}
