import type { Writable } from 'node:stream';
import type { FacePool } from '@visor/face/pool';
import type { KeeperClient } from '@visor/keeper';
import type { Ledger } from '@visor/ledger/store';
import type { Bytes, Instant, Random } from '@visor/record';
import type { Database } from '@visor/storage';
import type { Call, Vault } from '@visor/vault';
import type { Refusals } from '../http/refusals.ts';
import type { Caller } from '../http/route.ts';
import type { Bundles } from './bundles.ts';

/** What the operator sets; the command line reads it from flags and VISOR_… variables. */
export interface HouseSettings {
  /** The one data folder, absolute. */
  readonly folder: string;
  readonly port: number;
  /** Public address, where there is one. */
  readonly url?: string;
  /** A PostgreSQL of the operator's own, 15 or newer. */
  readonly databaseUrl?: string;
  /** Folder of another `postgres` binary. */
  readonly pgBin?: string;
  /** Prefix of the logs' origins; fixed with the first entry. */
  readonly originPrefix?: string;
  readonly faceChildren?: number;
  readonly say: (line: string) => void;
  readonly log?: Writable;
}

export interface HouseStatus {
  readonly version: string;
  readonly embedded: boolean;
  readonly database: string;
  readonly entries: number;
  readonly faceChildren: number;
}

/** A running house: the rooms, wired once, and what the door needs besides. */
export interface House extends AsyncDisposable {
  readonly port: number;
  readonly url: string | undefined;
  readonly folder: string;
  readonly originPrefix: string;
  readonly db: Database;
  readonly ledger: Ledger;
  readonly keeper: KeeperClient;
  readonly faces: FacePool | undefined;
  readonly vault: Vault;
  readonly bundles: Bundles;
  /** The key that the house's heads are signed with; public. */
  readonly logKey: Bytes;
  readonly keys: (header: string | undefined) => Promise<Caller>;
  readonly refusals: Refusals;
  readonly now: () => Instant;
  readonly random: Random;
  readonly log: Writable | undefined;
  /** The house's own site: its entries are those that belong to no other. */
  readonly own: { readonly site: string; readonly origin: string };
  readonly repaired: readonly string[];
  status(): HouseStatus;
  /** A call by the house itself on one of its sites. */
  callFor(site: string): Promise<Call>;
  say(line: string): void;
  /** Says that there is a bug and where in our own code; never what was thrown, which may carry anything. */
  bug(request: string, error: unknown): void;
}
