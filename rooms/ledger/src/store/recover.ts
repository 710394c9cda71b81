/**
 * Comes back after a stop of any kind: reads the frames, finds how they end, and compares with what the keeper signed.
 * Nothing on disk is changed before that comparison stands, so that a refused start destroys no evidence.
 */
import { type Bytes, equalBytes, Fault, Refusal, type Sha256 } from '@visor/record';
import { ENTRY_ID_LENGTH } from '../entry.ts';
import type { LeafRun, LogHead, SignedHead, Signer } from '../signer.ts';
import type { FileLayer } from './files.ts';
import { LedgerState, type LogState } from './ledger-state.ts';
import type { Place } from './outbox.ts';
import { segmentFile } from './segment.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { TreeHasher } from './tree-hasher.ts';
import { type FoundFrame, type SegmentEnd, walkFrames } from './walk.ts';

export interface RecoverPlan {
  readonly files: FileLayer;
  readonly sha256: Sha256;
  readonly hasher: TreeHasher;
  readonly folder: string; // of the segments
  readonly house: Bytes;
  readonly markedTo: number;
}

export interface Recovered {
  readonly state: LedgerState;
  readonly ends: readonly SegmentEnd[];
  readonly unmarked: readonly Place[]; // entries of frames whose rows may not be marked yet
  readonly last: { readonly file: string; readonly at: number; readonly length: number } | undefined; // the last frame
}

/**
 * @throws Refusal `ledger.foreign`, `ledger.damaged`; Fault `ledger`
 * @cost   reads and digests every segment
 */
export async function recover(plan: RecoverPlan): Promise<Recovered> {
  const state = new LedgerState();
  const unmarked: Place[] = [];
  let last: Recovered['last'];
  const walked = await walkFrames(plan, (found: FoundFrame) => {
    const entered = state.adopt(plan, found);
    if (found.frame.number > plan.markedTo) {
      for (const { log, index, at } of entered) {
        unmarked.push({ site: log.site, entryId: found.bytes.slice(at + 2, at + 2 + ENTRY_ID_LENGTH), index });
      }
    }
    last = { file: segmentFile(found.segment), at: found.at, length: found.length };
  });
  return { state, ends: walked.ends, unmarked, last };
}

/**
 * Makes what was read durable. A killed process leaves its last frame whole in the page cache, and a failed sync may
 * have left it there marked clean: it is written once more, so that the sync has something to do.
 */
export async function settle({ files, folder }: RecoverPlan, { last }: Recovered): Promise<void> {
  if (last === undefined) return;
  const file = await files.openToWrite(`${folder}/${last.file}`);
  try {
    await file.write(await file.read(last.at, last.length), last.at);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.syncFolder(folder);
}

/**
 * Cuts what a crash left: torn bytes behind the last frame, segments that never had a frame, half-filled spares.
 * @returns a sentence for each thing worth saying
 */
export async function cut({ files, folder }: RecoverPlan, { ends }: Recovered): Promise<readonly string[]> {
  const said: string[] = [];
  const lastLease = ends.at(-1)?.segment.lease;
  for (const { segment, end, torn } of ends) {
    const name = segmentFile(segment);
    if (segment.lease !== lastLease) continue; // settled by the start that came after
    if (torn)
      said.push(`The ledger's last write was cut short and never answered; its remains in ${name} were removed.`);
    if (end === 0) await files.remove(`${folder}/${name}`);
    else await shorten(files, `${folder}/${name}`, end);
  }
  await files.syncFolder(folder);
  return said;
}

async function shorten(files: FileLayer, path: string, length: number): Promise<void> {
  const file = await files.openToWrite(path);
  try {
    if ((await file.length()) === length) return;
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

const LEAVES_A_CALL = 4096;
const LOGS_A_CALL = 1024;

export interface CatchUp {
  readonly signer: Signer;
  readonly lease: number;
  readonly reader: SegmentReader;
}

/**
 * Compares every log with what the keeper signed and has it sign what it has not.
 * @returns how many entries it had not signed yet
 * @throws Refusal `keeper.rollback` when the keeper has signed more than the ledger has, `keeper.fork` when it signed
 *         something else, `keeper.lease`
 */
export async function catchUp({ signer, lease, reader }: CatchUp, state: LedgerState): Promise<number> {
  const signed = new Map((await signer.heads()).map((head) => [head.origin, head]));
  for (const head of signed.values()) checkHead(state, head);
  let runs: LeafRun[] = [];
  let [caught, leaves] = [0, 0];
  const send = async (): Promise<void> => {
    const heads = runs.length === 0 ? [] : await signer.sign({ lease, logs: runs });
    for (const [i, { origin, from, leaves: sent }] of runs.entries()) {
      const log = state.logs.get(origin)!; // the runs are made from the logs
      if (from + sent.length === log.edge.size) checkSigned(log, heads[i]);
    }
    [runs, leaves] = [[], 0];
  };
  for (const log of state.logs.values()) {
    for (let at = signed.get(log.origin)?.size ?? 0; at < log.edge.size; at += LEAVES_A_CALL) {
      const to = Math.min(at + LEAVES_A_CALL, log.edge.size);
      runs.push({ origin: log.origin, from: at, leaves: await leavesOf({ state, reader, log }, at, to) });
      caught += to - at;
      leaves += to - at;
      if (leaves >= LEAVES_A_CALL || runs.length >= LOGS_A_CALL) await send();
    }
  }
  await send();
  return caught;
}

/** Signs the present head of every log again, so that each has its note. @throws Refusal as `catchUp` */
export async function signHeads({ signer, lease }: CatchUp, state: LedgerState): Promise<void> {
  const logs = [...state.logs.values()].filter(({ edge }) => edge.size > 0);
  for (let at = 0; at < logs.length; at += LOGS_A_CALL) {
    const some = logs.slice(at, at + LOGS_A_CALL);
    const runs = some.map(({ origin, edge }) => ({ origin, from: edge.size, leaves: [] }));
    const heads = await signer.sign({ lease, logs: runs });
    for (const [i, log] of some.entries()) log.head = checkSigned(log, heads[i]);
  }
}

function checkHead(state: LedgerState, { origin, size, root }: LogHead): void {
  const log = state.logs.get(origin);
  const found = log?.edge.size ?? 0;
  if (size > found) throw new Refusal('keeper.rollback', { signed: size, found });
  if (log !== undefined && size === found && !equalBytes(root, log.root)) throw forked(log);
}

const forked = ({ edge }: LogState): Refusal => new Refusal('keeper.fork', { size: edge.size });

/**
 * The keeper hashes the leaves itself: two computations of one root must agree before anything is answered.
 * @throws Refusal `keeper.fork`; Fault `keeper` when there is no answer
 */
export function checkSigned(log: LogState, answer: SignedHead | undefined): SignedHead {
  if (answer === undefined) throw new Fault('keeper', 'The keeper answered fewer heads than it was asked for.');
  if (answer.size !== log.edge.size || !equalBytes(answer.root, log.root)) throw forked(log);
  return answer;
}

export function leavesOf(
  { state, reader, log }: { state: LedgerState; reader: SegmentReader; log: LogState },
  from: number,
  to: number,
): Promise<readonly Bytes[]> {
  const places = Array.from({ length: to - from }, (_, i) => log.index.place(state.segments, from + i));
  return reader.leaves(places);
}
