import type { Instant } from '@visor/record';
import type { Database } from '@visor/storage';
import type { Vault } from './acts.ts';
import { consentRow, purposeRow } from './consent-rows.ts';
import { type Context, freshIds } from './context.ts';
import { enterCounts } from './count-releases.ts';
import { createPerson, markOf } from './create-person.ts';
import { createPurpose } from './create-purpose.ts';
import { createSite } from './create-site.ts';
import { endExpired } from './end-expired.ts';
import { replayBurns } from './end-keys.ts';
import { enrolFace } from './enrol-face.ts';
import { erasePerson } from './erase-person.ts';
import { beginGeneration, endGeneration, finishGenerations, rewrap } from './generations.ts';
import { giveConsent } from './give-consent.ts';
import { horizonOf } from './horizon.ts';
import { KeyRows } from './key-rows.ts';
import * as rows from './list-rows.ts';
import { Newest } from './newest.ts';
import { openFace } from './open-face.ts';
import type { Entries, Faces, Keeper, VaultTools } from './ports.ts';
import { discloseEntries, readEntries, receiptOf, replay } from './read-entries.ts';
import { recordEntry } from './record-entry.ts';
import { renewFace } from './renew-face.ts';
import { verifyFace } from './verify-face.ts';
import { withdrawConsent } from './withdraw-consent.ts';

export interface VaultParts {
  readonly db: Database;
  readonly keeper: Keeper;
  readonly entries: Entries;
  readonly faces: Faces;
  readonly tools: VaultTools;
  readonly now: () => Instant;
  readonly producer: string; // what wrote an entry: a name of this server
}

/** Opens the vault and first says to the keeper what a crash may have kept from it. @throws Fault `database`, `keeper` */
export async function openVault(parts: VaultParts): Promise<Vault> {
  const context: Context = {
    ...parts,
    keys: new KeyRows(parts.db, parts.keeper),
    purposes: new Newest(10_000),
    fresh: freshIds(parts.tools.random),
  };
  await replayBurns(context);
  return { ...actsOf(context), ...readsOf(context), ...jobsOf(context) };
}

type Acts =
  | 'createSite'
  | 'createPerson'
  | 'createPurpose'
  | 'giveConsent'
  | 'withdrawConsent'
  | 'enrolFace'
  | 'verifyFace';
type MoreActs = 'openFace' | 'erasePerson' | 'record' | 'renewFace';
type Jobs =
  | 'replayBurns'
  | 'enterCounts'
  | 'beginGeneration'
  | 'rewrap'
  | 'endGeneration'
  | 'finishGenerations'
  | 'endExpired';

const actsOf = (context: Context): Pick<Vault, Acts | MoreActs> => ({
  createSite: (call, input) => createSite(context, call, input),
  createPerson: (call, input) => createPerson(context, call, input),
  createPurpose: (call, input) => createPurpose(context, call, input),
  giveConsent: (call, input) => giveConsent(context, call, input),
  withdrawConsent: (call, input) => withdrawConsent(context, call, input),
  enrolFace: (call, input) => enrolFace(context, call, input),
  verifyFace: (call, input) => verifyFace(context, call, input),
  openFace: (call, input) => openFace(context, call, input),
  erasePerson: (call, input) => erasePerson(context, call, input),
  record: (call, input) => recordEntry(context, call, input),
  renewFace: (call, input) => renewFace(context, call, input),
});

const readsOf = (context: Context): Omit<Vault, Acts | MoreActs | Jobs> => {
  const { db, keeper } = context;
  return {
    readEntries: (call, input) => readEntries(context, call, input),
    discloseEntries: (call, input) => discloseEntries(context, call, input),
    receiptOf: (call, entryId) => receiptOf(context, call, entryId),
    replay: (call, entryId) => replay(context, call, entryId),
    getPerson: (site, person) => rows.getPerson(db, site, person),
    findPerson: async (site, reference) => rows.personByMark(db, site, await markOf(context, site, reference)),
    listPeople: (site, page) => rows.listPeople(db, site, page),
    getPurpose: (site, purpose) => purposeRow(context, site, purpose),
    listPurposes: (site, page) => rows.listPurposes(db, site, page),
    getConsent: (site, consent) => consentRow(db, site, consent),
    listConsents: (site, page) => rows.listConsents(db, site, page),
    getFace: (site, face) => rows.getFace(db, site, face),
    listFaces: (site, page) => rows.listFaces(db, site, page),
    getVerification: (site, verification) => rows.getVerification(db, site, verification),
    listVerifications: (site, page) => rows.listVerifications(db, site, page),
    horizonOf: (site, generation) => horizonOf(keeper, site, generation),
  };
};

const jobsOf = (context: Context): Pick<Vault, Jobs> => ({
  replayBurns: () => replayBurns(context),
  enterCounts: (callFor) => enterCounts(context, callFor),
  beginGeneration: (call) => beginGeneration(context, call),
  rewrap: (site, limit) => rewrap(context, site, limit),
  endGeneration: (call, input) => endGeneration(context, call, input),
  finishGenerations: (call) => finishGenerations(context, call),
  endExpired: (call, limit) => endExpired(context, call, limit),
});
