import type { EntryDisclosure, Kind } from '@visor/ledger';
import type { Bytes, Id, Instant, JsonObject } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { ReleaseNumber } from './ports.ts';

/** Who asks for what, from where; made by the door for every request. */
export interface Call {
  readonly site: string;
  readonly origin: string;
  readonly by: { readonly id: string; readonly role: string; readonly name: string; readonly device: string | null };
  readonly at: Instant;
  readonly act: Id<'act'>;
  /**
   * The idempotency row: a part named "gate" that returns one row the first time and none afterwards. It is best written
   * FROM the part named "living", which has a row only where the act can happen: then a refused act leaves no row.
   */
  readonly gate?: (entryId: Bytes) => SqlPart;
  /** Why a face or an entry is opened, as the caller says it. */
  readonly reason?: string;
}

/** What a person, or whoever acts for them, takes away: one entry, the fields that concern them, and its proof. */
export interface Receipt {
  readonly visor: 'receipt/1';
  readonly entry: EntryDisclosure;
  readonly proof: readonly string[];
  readonly size: number;
  readonly checkpoint: string;
}

export interface Done<T> {
  readonly result: T;
  readonly receipt: Receipt;
  readonly entryId: string; // ent_…
}

export type ConsentLevel = 'asserted' | 'captured' | 'signed';
export type Decision = 'accept' | 'refuse';

export interface Person {
  readonly person: string;
  readonly state: 'living' | 'erased';
  readonly createdAt: Instant;
  readonly erasedAt: Instant | null;
}

export interface PurposeInput {
  readonly name: string; //        a-z, 0-9, dots and dashes, at most 64; one a site
  readonly pictureKept: boolean;
  readonly days: number; //        a consent for it ends after so many days, 1 to 3650
  readonly asserted: boolean; //   whether a consent that only the operator vouches for is enough to enrol
  readonly far: number; //         the operating point, one of the model's
}

export interface Purpose extends PurposeInput {
  readonly purpose: string;
  readonly createdAt: Instant;
}

export interface Consent {
  readonly consent: string;
  readonly person: string;
  readonly purpose: string;
  readonly notice: string;
  readonly level: ConsentLevel;
  readonly state: 'given' | 'withdrawn' | 'erased';
  readonly givenAt: Instant;
  readonly endsAt: Instant;
  readonly endedAt: Instant | null;
}

export interface Face {
  readonly face: string;
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly model: string;
  readonly pictures: number;
  readonly pictureKept: boolean;
  readonly enrolledAt: Instant;
}

export interface Verification {
  readonly verification: string;
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly decision: Decision;
  readonly at: Instant;
}

/** When the deletion reaches the copies: see `horizonText`. */
export interface Horizon {
  readonly generation: number;
  readonly ends: string; //                planned end of the key generation, RFC 3339
  readonly lastKeyBackup: string | null; // when the last key backup with that generation expires
}

export interface VerifyResult {
  readonly verification: string;
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly decision: Decision;
  readonly reasons: readonly string[];
  readonly presence: 'not checked';
  readonly threshold: string;
  readonly model: string;
  readonly at: Instant;
  /** RFC 8785 object, signed with Ed25519 by the site's decision key. */
  readonly signed: { readonly decision: JsonObject; readonly key: string; readonly signature: string };
}

export interface EnteredRow {
  readonly index: number;
  readonly id: string; // ent_…
  readonly time: Instant;
  readonly kind: string | null; // null when no group of it opens any more
  readonly organisation: JsonObject | null;
  readonly subject: JsonObject | null;
  readonly actor: JsonObject | null;
}

export interface RecordInput {
  readonly kind: Kind;
  /** Organisation fields after the common ones. */
  readonly fields: JsonObject;
  /** State that changes with it, each FROM the part named "guard" (one row if the act may happen, none if not). */
  readonly parts?: readonly SqlPart[];
  /** The part whose row says that it happened, where something may be in the way: without it nothing is entered. */
  readonly made?: string;
}

export interface Opened {
  readonly opening: string;
  readonly face: string;
  readonly person: string;
  readonly purpose: string;
  readonly picture: Bytes; // the aligned picture as it was enrolled
  readonly release: ReleaseNumber;
}

export interface Erased {
  readonly erasure: string;
  readonly person: string;
  readonly faces: number;
  readonly consents: number;
  readonly personKey: string;
  readonly horizon: Horizon;
}

export interface Replayed {
  readonly kind: string;
  readonly organisation: JsonObject;
  readonly subject?: JsonObject; // missing when that person was erased since
  readonly receipt: Receipt;
}

/** Acts throw Refusal `request.repeated` when `call.gate` lets nothing through, `request.not-found` for an id that is not this site's. */
export interface Vault {
  /** Keys and the first entry of a site whose row the door makes in `parts`; `call.site` and `call.origin` are the new ones. */
  createSite(
    call: Call,
    input: { parts?: readonly SqlPart[] },
  ): Promise<Done<{ site: string; origin: string; decisionKey: string; generation: number }>>;
  createPerson(call: Call, input: { reference?: string }): Promise<Done<Person>>;
  createPurpose(call: Call, input: PurposeInput): Promise<Done<Purpose>>;
  giveConsent(
    call: Call,
    input: { person: string; purpose: string; notice: string; level: ConsentLevel },
  ): Promise<Done<Consent>>;
  withdrawConsent(
    call: Call,
    input: { consent: string },
  ): Promise<Done<{ consent: Consent; personKey: string; horizon: Horizon }>>;
  /** One to five pictures of the same face; a picture that is no good is entered (face.refused) and refused. */
  enrolFace(
    call: Call,
    input: { person: string; purpose: string; pictures: readonly Bytes[]; replace?: boolean },
  ): Promise<Done<{ face: Face; quality: number }>>;
  /** `scoreBand` (steps of 0.05) is for callers whose key carries scores.read; the door leaves it out for others. */
  verifyFace(
    call: Call,
    input: { person: string; purpose: string; picture: Bytes },
  ): Promise<Done<VerifyResult> & { readonly scoreBand: string }>;
  /** Needs `call.reason`. Two entries; the receipt is that of open.done, `intended` that of open.intended. */
  openFace(call: Call, input: { face: string }): Promise<Done<Opened> & { readonly intended: Receipt }>;
  erasePerson(call: Call, input: { person: string }): Promise<Done<Erased>>;
  /** Opens up to 20 entries; one entries.read for every person shown, and one for the rest if nobody is. */
  readEntries(
    call: Call,
    input: { from: number; limit: number },
  ): Promise<{
    readonly entries: readonly EnteredRow[];
    readonly receipts: readonly Receipt[];
    readonly size: number;
  }>;
  /** What the house can still open of up to 1,000 entries, for a bundle; fields named in `withhold` stay closed. */
  discloseEntries(
    call: Call,
    input: { from: number; limit: number; withhold: readonly string[] },
  ): Promise<readonly EntryDisclosure[]>;
  /** The receipt of an act that was done before. @throws Refusal `request.not-found` */
  receiptOf(call: Call, entryId: Bytes): Promise<Receipt>;
  /** What an act that was done before said, read from its entry, for a repeated request; never a score. */
  replay(call: Call, entryId: Bytes): Promise<Replayed>;
  /** An entry of the organisation alone (key.created, house.started, bundle.made, key.backup.made, requests.refused …). */
  record(call: Call, input: RecordInput): Promise<Done<JsonObject>>;

  getPerson(site: string, person: string): Promise<Person>;
  findPerson(site: string, reference: string): Promise<Person>;
  listPeople(site: string, page: Page): Promise<readonly Person[]>;
  getPurpose(site: string, purpose: string): Promise<Purpose>;
  listPurposes(site: string, page: Page): Promise<readonly Purpose[]>;
  getConsent(site: string, consent: string): Promise<Consent>;
  listConsents(site: string, page: Page & { person?: string }): Promise<readonly Consent[]>;
  getFace(site: string, face: string): Promise<Face>;
  listFaces(site: string, page: Page & { person?: string }): Promise<readonly Face[]>;
  getVerification(site: string, verification: string): Promise<Verification>;
  listVerifications(site: string, page: Page & { person?: string }): Promise<readonly Verification[]>;
  horizonOf(site: string, generation: number): Promise<Horizon & { readonly passed: boolean }>;

  /** Jobs; each may be stopped anywhere and run again. */
  /** Says again to the keeper what was committed and perhaps not burnt; openVault does it before it answers. */
  replayBurns(): Promise<number>;
  /** Every minute: enters what the keeper counted and shows it; those that stand in no entry are listed. */
  enterCounts(callFor: (site: string) => Promise<Call>): Promise<number>;
  beginGeneration(call: Call): Promise<Done<{ generation: number }>>;
  /** Re-wraps what still names an older generation; answers how many rows it turned. */
  rewrap(site: string, limit?: number): Promise<number>;
  /** @throws Refusal `keeper.generation.living` while anything names it or a key backup is owed. */
  endGeneration(
    call: Call,
    input: { generation: number; waived: boolean },
  ): Promise<Done<{ generation: number; rewrapped: number }>>;
  /** Enters the end of a generation whose key was destroyed just before a crash; answers how many. */
  finishGenerations(call: Call): Promise<number>;
  /** New rotation and new purpose key version for a face, without the person. */
  renewFace(call: Call, input: { face: string }): Promise<Done<{ face: string; version: number }>>;
  /** Withdraws what has run past its days; answers how many. */
  endExpired(call: Call, limit?: number): Promise<number>;
}

/** Lists go by id; `after` is the last one seen, `limit` 1 to 100. */
export interface Page {
  readonly after?: string;
  readonly limit: number;
}
