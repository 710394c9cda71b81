/** The ledger on a disk: one write-ahead log a house, one public log a site, and the check of both. */
export { type CheckPlan, type CheckReport, checkLedger, type Finding, type FindingKind } from './check-ledger.ts';
export { openDigest } from './digest.ts';
export { type FileLayer, isDiskFull, type OpenedFile, realFiles } from './files.ts';
export { fastHasher } from './lane-hasher.ts';
export type { Ledger } from './ledger.ts';
export { migrations } from './migrations.ts';
export { ANCHOR_FILE, type LedgerPlan, LOGS, openLedger, SEGMENTS } from './open-ledger.ts';
export type { LogRef } from './outbox.ts';
export { type ProvePlan, proveEntry } from './prove-entry.ts';
export type { StoredEntry } from './segment-reader.ts';
export type { Entered } from './tickets.ts';
export { realTimers, type Timers } from './timers.ts';
export { plainHasher, type TreeHasher } from './tree-hasher.ts';
