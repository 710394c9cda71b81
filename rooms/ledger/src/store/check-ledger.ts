/**
 * The check of a ledger's folder, for which nothing but the folder and a public key is needed: every frame is digested,
 * every leaf hashed again, every tile and bundle made again and compared, every head and checkpoint held against them.
 */
import { type Bytes, equalBytes, Refusal, type Sha256, text } from '@visor/record';
import { parseAnchorCard } from '../anchor-card.ts';
import { LEAF_AT, ROOTS_AT } from '../frame-entry.ts';
import { fieldRootOf } from '../group.ts';
import { SLOT_COUNT } from '../kinds.ts';
import { FIELD_ROOT_AT } from '../leaf.ts';
import { openCheckpoint } from '../note.ts';
import type { LogHead } from '../signer.ts';
import type { VerifyEd25519 } from '../tools.ts';
import { HASH_LENGTH } from '../tree.ts';
import { CheckedLog } from './checked-log.ts';
import { openDigest } from './digest.ts';
import { type FileLayer, readWhole } from './files.ts';
import { fastHasher } from './lane-hasher.ts';
import { logFolder } from './ledger-state.ts';
import { ANCHOR_FILE, LOGS, SEGMENTS } from './open-ledger.ts';
import { readFiles } from './read-files.ts';
import { segmentFile } from './segment.ts';
import { CHECKPOINT } from './tile-paths.ts';
import type { TreeHasher } from './tree-hasher.ts';
import { type FoundFrame, walkFrames } from './walk.ts';

export type FindingKind =
  | 'anchor' //      the folder's anchor card is not one, or names another key
  | 'chain' //       a frame is damaged, missing or out of order
  | 'head' //        a frame's own heads do not follow from its entries
  | 'leaf' //        a leaf is not one
  | 'fields' //      the group roots of an entry do not lead to its leaf
  | 'tile' //        a tile is not what the entries make it
  | 'entries' //     a bundle does not hold the leaves of the frames
  | 'missing' //     a file that a published checkpoint needs is not there, or entries that it covers
  | 'checkpoint'; // a checkpoint is not signed by the key, or has another root

export interface Finding {
  readonly what: FindingKind;
  readonly file: string; // below the ledger's folder
  readonly log?: string; // origin
  readonly index?: number; // first entry that it touches
}

export interface CheckPlan {
  readonly folder: string;
  readonly files?: FileLayer;
  readonly sha256?: Sha256;
  readonly hasher?: TreeHasher; // the fastest that this machine runs unless said
  readonly fields?: boolean; // whether group roots are held against leaves too; so unless false; the bench of the ledger prints both
  readonly verify: VerifyEd25519;
  readonly publicKey?: Bytes; // the reader's own; without it the one in the folder's anchor card, which proves less
}

export interface CheckReport {
  readonly frames: number;
  readonly leaves: number;
  readonly logs: readonly {
    readonly origin: string;
    readonly size: number;
    readonly published: number;
    readonly root: Bytes;
  }[];
  readonly findings: readonly Finding[]; // none: unchanged; at most 1000
  readonly notes: readonly string[]; // what a crash may leave and is no finding
  readonly key: 'given' | 'folder' | 'none'; // whose word the public key is
}

const FINDINGS = 1000;

interface Check {
  readonly plan: CheckPlan & { readonly files: FileLayer; readonly sha256: Sha256; readonly hasher: TreeHasher };
  readonly findings: Finding[];
  readonly logs: Map<string, CheckedLog>;
}

/**
 * Checks the folder of a ledger that nobody writes to. It changes nothing.
 * @throws Fault `ledger` when a file cannot be read
 * @cost   reads everything once; memory for one segment and the right edge of each log
 */
export async function checkLedger(options: CheckPlan): Promise<CheckReport> {
  const sha256 = options.sha256 ?? (await openDigest());
  const hasher = options.hasher ?? fastHasher(sha256);
  const plan = { ...options, files: options.files ?? readFiles, sha256, hasher };
  const findings: Finding[] = [];
  const check: Check = { plan, findings, logs: new Map() };
  const key = await trustedKey(check);
  const published = await readCheckpoints(check, key.publicKey);
  const { frames, leaves, notes } = await checkFrames(check, published);
  for (const [origin, head] of published) await finishLog(check, origin, head);
  for (const origin of check.logs.keys()) {
    if (key.prefix !== undefined && !origin.startsWith(key.prefix))
      findings.push({ what: 'anchor', file: ANCHOR_FILE, log: origin });
  }
  return {
    ...{ frames, leaves, notes, key: key.from, findings: findings.slice(0, FINDINGS) },
    logs: [...check.logs.values()].map(({ origin, size, root, head }) => ({
      origin,
      size,
      root,
      published: head?.size ?? 0,
    })),
  };
}

async function trustedKey({
  plan,
  findings,
}: Check): Promise<{ publicKey: Bytes | undefined; prefix: string | undefined; from: CheckReport['key'] }> {
  const bytes = await readWhole(plan.files, `${plan.folder}/${ANCHOR_FILE}`);
  const card = bytes === undefined ? undefined : refusedAsUndefined(() => parseAnchorCard(plan.sha256, text(bytes)));
  const given = plan.publicKey;
  const differs = given !== undefined && card !== undefined && !equalBytes(card.publicKey, given);
  if (card === undefined || differs) findings.push({ what: 'anchor', file: ANCHOR_FILE });
  const prefix = card?.prefix;
  if (given !== undefined) return { publicKey: given, prefix, from: 'given' };
  return { publicKey: card?.publicKey, prefix, from: card === undefined ? 'none' : 'folder' };
}

/** What each log's checkpoint says, if the key signed it. */
async function readCheckpoints(check: Check, publicKey: Bytes | undefined): Promise<Map<string, LogHead>> {
  const { plan, findings } = check;
  const heads = new Map<string, LogHead>();
  for (const name of await plan.files.list(`${plan.folder}/${LOGS}`)) {
    const file = `${LOGS}/${name}/${CHECKPOINT}`;
    const bytes = await readWhole(plan.files, `${plan.folder}/${file}`);
    if (bytes === undefined) continue; // begun, and nothing published yet
    const head = refusedAsUndefined(() => {
      if (publicKey === undefined) throw new Refusal('ledger.note.signature');
      return openCheckpoint({ sha256: plan.sha256, verify: plan.verify }, text(bytes), publicKey);
    });
    if (head !== undefined && logFolder(plan.sha256, head.origin) === name) heads.set(head.origin, head);
    else findings.push({ what: 'checkpoint', file });
  }
  return heads;
}

async function checkFrames(
  check: Check,
  published: ReadonlyMap<string, LogHead>,
): Promise<{ frames: number; leaves: number; notes: readonly string[] }> {
  const { plan, findings } = check;
  let [frames, leaves] = [0, 0];
  const notes: string[] = [];
  try {
    const walked = await walkFrames({ ...plan, folder: `${plan.folder}/${SEGMENTS}` }, async (found) => {
      frames += 1;
      leaves += found.frame.entries.length;
      await checkFrame(check, found, published);
    });
    const torn = walked.ends.filter(({ torn }) => torn).map(({ segment }) => segmentFile(segment));
    if (torn.length > 0)
      notes.push(`A write was cut short at the end of ${torn.join(', ')}; nothing there was answered.`);
  } catch (error) {
    findings.push(findingOf(error));
  }
  return { frames, leaves, notes };
}

/** The walk stops at the first frame that no crash explains: what comes after it cannot be placed. */
function findingOf(error: unknown): Finding {
  if (!(error instanceof Refusal)) throw error;
  const { lease, sequence } = error.facts;
  const known = typeof lease === 'number' && typeof sequence === 'number';
  return { what: 'chain', file: known ? `${SEGMENTS}/${segmentFile({ lease, sequence })}` : SEGMENTS };
}

async function checkFrame(
  { plan, findings, logs }: Check,
  { frame, segment, at, bytes }: FoundFrame,
  published: ReadonlyMap<string, LogHead>,
): Promise<void> {
  const own = frame.logs.map(
    ({ origin }) => logs.get(origin) ?? newLog({ plan, findings, logs }, origin, published.get(origin)),
  );
  const file = `${SEGMENTS}/${segmentFile(segment)}`;
  for (const entry of frame.entries) {
    const log = own[entry.log]!; // a frame names only its own logs
    if (plan.fields !== false && !fieldsLead(plan.sha256, bytes, at + entry.at))
      findings.push({ what: 'fields', file, log: log.origin, index: log.next });
    log.take(bytes, at + entry.at);
  }
  for (const [i, log] of own.entries()) {
    const { size, root } = frame.logs[i]!;
    await log.grow(file);
    if (log.size !== size || !equalBytes(log.root, root))
      findings.push({ what: 'head', file, log: log.origin, index: size });
  }
}

/** Whether the eight group roots of the entry that begins here lead to the field root in its leaf. */
function fieldsLead(sha256: Sha256, bytes: Bytes, at: number): boolean {
  const roots = Array.from({ length: SLOT_COUNT }, (_, slot) => {
    const begin = at + ROOTS_AT + slot * HASH_LENGTH;
    return bytes.subarray(begin, begin + HASH_LENGTH);
  });
  const begin = at + LEAF_AT + FIELD_ROOT_AT;
  return equalBytes(fieldRootOf(sha256, roots), bytes.subarray(begin, begin + HASH_LENGTH));
}

function newLog({ plan, findings, logs }: Check, origin: string, head: LogHead | undefined): CheckedLog {
  const { files, sha256, hasher, folder } = plan;
  const below = `${LOGS}/${logFolder(sha256, origin)}`;
  const log = new CheckedLog({
    ...{ origin, below, head, sha256, hasher },
    read: (name, most) => readWhole(files, `${folder}/${below}/${name}`, most),
    find: (finding) => findings.push({ ...finding, log: origin }),
  });
  logs.set(origin, log);
  return log;
}

async function finishLog(check: Check, origin: string, head: LogHead): Promise<void> {
  const log = check.logs.get(origin) ?? newLog(check, origin, head);
  if (log.size >= head.size) return;
  check.findings.push({ what: 'missing', file: SEGMENTS, log: origin, index: log.size });
}

function refusedAsUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
