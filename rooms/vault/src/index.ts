/** Seals faces and opens them again for those who may; every act leaves an entry. Powers: digest and cipher, as arguments. */
export type {
  Call,
  Consent,
  ConsentLevel,
  Decision,
  Done,
  EnteredRow,
  Erased,
  Face,
  Horizon,
  Opened,
  Page,
  Person,
  Purpose,
  PurposeInput,
  Receipt,
  RecordInput,
  Replayed,
  Vault,
  Verification,
  VerifyResult,
} from './acts.ts';
export type {
  DescribedFace,
  Entered,
  Entries,
  Faces,
  GenerationState,
  GroupKey,
  Keeper,
  LogRef,
  PersonKey,
  Release,
  ReleaseNumber,
  ReleaseRequest,
  RewrapRow,
  ShownEntry,
  SignedCount,
  StoredEntry,
  VaultTools,
} from './ports.ts';

import type { Instant } from '@visor/record';
import type { Database } from '@visor/storage';
import type { Vault } from './acts.ts';
import type { Entries, Faces, Keeper, VaultTools } from './ports.ts';

export interface VaultParts {
  readonly db: Database;
  readonly keeper: Keeper;
  readonly entries: Entries;
  readonly faces: Faces;
  readonly tools: VaultTools;
  readonly now: () => Instant;
  readonly producer: string; // what wrote the entry, e.g. "visor/0.1.0"
}
export type OpenVault = (parts: VaultParts) => Promise<Vault>;
