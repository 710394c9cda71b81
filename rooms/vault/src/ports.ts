import type { FaceModel } from '@visor/face';
import type { PreparedEntry } from '@visor/ledger';
import type { Bytes, Hmac, Instant, JsonObject, Random, Sha256 } from '@visor/record';
import type { SqlPart } from '@visor/storage';

/** A person key as its row holds it; it opens only in the keeper, and only while the serial is not burnt. */
export interface PersonKey {
  readonly person: string;
  readonly serial: number;
  readonly generation: number;
  readonly wrap: Bytes;
}

/** Whose seeds an entry's group comes from, with the wrap that its row holds. */
export type GroupKey =
  | {
      readonly of: 'organisation' | 'actor' | 'case';
      readonly owner: string;
      readonly generation: number;
      readonly wrap: Bytes;
    }
  | { readonly of: 'person'; readonly key: PersonKey; readonly group: Bytes };

/** Names one release for ever: the keeper's boot and its running number. */
export interface ReleaseNumber {
  readonly boot: string; // 16 hexadecimal digits
  readonly count: number;
}

export interface Release {
  readonly number: ReleaseNumber;
  readonly purposeKey: Bytes; //  32 bytes, AES-256
  readonly rotationKey: Bytes; // 32 bytes, wraps the rotation secret
}

export interface ReleaseRequest {
  readonly site: string;
  readonly key: PersonKey;
  readonly consent: string;
  readonly secret: Bytes; // the consent secret's wrap
  readonly purpose: string;
  readonly version: number;
}

/** One entry shown to the keeper, with everything it needs to believe it: the groups it must recompute, the path, the signed head. */
export interface ShownEntry {
  readonly entry: Bytes;
  readonly index: number;
  readonly leaf: Bytes;
  readonly roots: readonly Bytes[];
  readonly size: number;
  readonly proof: readonly Bytes[];
  readonly checkpoint: string;
  readonly kind: string;
  readonly groups: readonly { readonly slot: number; readonly key: GroupKey; readonly values: JsonObject }[];
}

export interface SignedCount {
  readonly site: string;
  readonly minute: number; // whole minutes since 1970
  readonly released: number;
  readonly boot: string;
  readonly first: number;
  readonly last: number;
  readonly numbers: readonly number[]; // each release, as far as the keeper still knows: none after it was restarted
  readonly signature: Bytes; // by the site's decision key over the RFC 8785 form of the other members
}

export interface GenerationState {
  readonly generation: number;
  readonly begun: Instant;
  readonly current: boolean;
  readonly lastKeyBackup: Instant | null; // when the last key backup that holds it expires
}

/** The process that holds the keys. It is trusted more than this room; what it refuses, this room cannot do. */
export interface Keeper {
  makeSite(of: {
    site: string;
    origin: string;
  }): Promise<{ generation: number; organisation: Bytes; decisionKey: Bytes }>;
  makePerson(of: { site: string; person: string }): Promise<{
    generation: number;
    serial: number;
    keyId: Bytes;
    wrap: Bytes;
    group: Bytes;
    filing: Bytes;
    tag: Bytes;
  }>;
  makeConsent(of: { site: string; key: PersonKey; consent: string }): Promise<Bytes>;
  makeGroupKey(of: {
    site: string;
    of: 'organisation' | 'actor' | 'case';
    owner: string;
  }): Promise<{ generation: number; wrap: Bytes }>;
  /** Seeds for an entry that does not exist yet: the keeper draws its id, so that writing reads nothing. */
  writeSeeds(of: {
    site: string;
    groups: readonly { slot: number; key: GroupKey }[];
  }): Promise<{ entry: Bytes; seeds: readonly Bytes[] }>;
  /** Seeds of entries that exist; every group counts against the reading budget of the actor and the site. */
  readSeeds(of: {
    site: string;
    actor: string;
    groups: readonly { entry: Bytes; slot: number; key: GroupKey }[];
  }): Promise<readonly Bytes[]>;
  release(of: ReleaseRequest): Promise<Release>;
  /** Wraps the fresh key of a picture. Only an intended opening unwraps it: what a verification gets opens no picture. */
  wrapPicture(of: ReleaseRequest & { face: string; picture: Bytes }): Promise<Bytes>;
  releaseForOpening(
    of: ReleaseRequest & { face: string; picture: Bytes; opening: ShownEntry },
  ): Promise<{ number: ReleaseNumber; pictureKey: Bytes }>;
  rekeyPerson(of: {
    site: string;
    key: PersonKey;
    group: Bytes;
    filing: Bytes;
    consents: readonly { consent: string; secret: Bytes }[];
  }): Promise<{
    generation: number;
    serial: number;
    keyId: Bytes;
    wrap: Bytes;
    group: Bytes;
    filing: Bytes;
    secrets: readonly Bytes[];
  }>;
  /** From here on no person key of a lower serial opens; `erased` closes every serial. Durable when it answers; may be said twice. */
  burn(of: readonly { site: string; person: string; below: number; erased: boolean }[]): Promise<void>;
  /** HMAC under a key of the site, so that an app's reference can be looked up and not read. */
  lookupMark(of: { site: string; what: string; value: Bytes }): Promise<Bytes>;
  signDecision(of: { site: string; decision: JsonObject }): Promise<Bytes>;
  generations(site: string): Promise<readonly GenerationState[]>;
  switchGeneration(site: string): Promise<number>;
  rewrap(of: {
    site: string;
    from: number;
    rows: readonly RewrapRow[];
  }): Promise<{ generation: number; wraps: readonly Bytes[] }>;
  endGeneration(of: {
    site: string;
    generation: number;
    rowsLeft: number;
    transactionsOpen: number;
    waived: boolean;
  }): Promise<void>;
  /** Counts of the minutes that are over and were not shown yet. */
  counts(): Promise<readonly SignedCount[]>;
  showCount(of: { site: string; minute: number; boot: string; counted: ShownEntry }): Promise<void>;
}

export type RewrapRow =
  | { readonly of: 'person'; readonly person: string; readonly serial: number; readonly wrap: Bytes }
  | { readonly of: 'organisation' | 'actor' | 'case'; readonly owner: string; readonly wrap: Bytes };

export interface Entered {
  readonly origin: string;
  readonly index: number;
  readonly leaf: Bytes;
  readonly time: Instant;
  readonly note: string;
  readonly size: number;
  proof(): Promise<readonly Bytes[]>;
}

export interface StoredEntry {
  readonly id: Bytes;
  readonly leaf: Bytes;
  readonly roots: readonly Bytes[];
  readonly blobs: readonly Bytes[];
  readonly tags: readonly Bytes[];
}

export interface LogRef {
  readonly site: string;
  readonly origin: string;
}

/** What the acts need of the ledger. */
export interface Entries {
  part(log: LogRef, prepared: PreparedEntry, when: string): SqlPart;
  enter(log: LogRef, prepared: PreparedEntry): Promise<Entered>;
  admit(urgent?: boolean): void;
  find(site: string, entryId: Bytes): Promise<{ readonly index: number | undefined } | undefined>;
  read(origin: string, index: number): Promise<StoredEntry>;
  prove(origin: string, index: number, size: number): Promise<readonly Bytes[]>;
  head(origin: string): Promise<{ readonly note: string; readonly size: number; readonly root: Bytes } | undefined>;
}

export interface DescribedFace {
  readonly template: Float32Array;
  readonly model: string;
  readonly quality: {
    readonly size_px: number;
    readonly sharpness: number;
    readonly score: number;
    readonly yaw: number;
  };
  readonly aligned?: Bytes;
}

/** What the acts need of the face children. */
export interface Faces {
  describe(picture: Bytes, wants: { enrol?: boolean; keepPicture?: boolean }): Promise<DescribedFace>;
  /** The model that describes faces now; `undefined` for an id that this house never had. */
  model(id?: string): FaceModel | undefined;
}

export interface VaultTools {
  readonly sha256: Sha256;
  readonly hmac: Hmac;
  readonly random: Random;
  /** AES-256-GCM: ciphertext | tag of 16 bytes. */
  seal(key: Bytes, nonce: Bytes, plain: Bytes, aad: Bytes): Bytes;
  open(key: Bytes, nonce: Bytes, sealed: Bytes, aad: Bytes): Bytes | undefined;
}
