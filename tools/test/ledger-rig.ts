/** What the tests of the ledger on a failing disk ask again and again. */
import { type CheckReport, checkLedger, type Ledger } from '@visor/ledger/store';
import { type Bytes, Fault, Refusal } from '@visor/record';
import { verifyEd25519 } from '../long/power-cuts/house.ts';
import { sha256 } from '../long/power-cuts/keeper.ts';
import { FOLDER, type Rig } from '../long/power-cuts/rig.ts';

export const code = (error: unknown): string =>
  error instanceof Refusal ? error.code : error instanceof Fault ? `fault ${error.part}` : String(error);
export const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'no refusal', code);
export const busy = (ledger: Ledger, urgent = false): string => {
  try {
    ledger.admit(urgent);
  } catch (error) {
    return code(error);
  }
  return 'admitted';
};
export const check = (rig: Rig): Promise<CheckReport> =>
  checkLedger({ folder: FOLDER, files: rig.disk, sha256, verify: verifyEd25519, publicKey: rig.keeper.publicKey });
export const pathsOf = (rig: Rig, part: string): string[] =>
  [...rig.disk.files().keys()].filter((path) => path.includes(part)).sort();
export const change = (rig: Rig, path: string, make: (bytes: Bytes) => Bytes): void =>
  rig.disk.plant(path, make(rig.disk.files().get(path)!));
export const flip =
  (at: number) =>
  (bytes: Bytes): Bytes =>
    bytes.with(at, bytes[at]! ^ 1);

export async function stopped(rig: Rig, entries: number): Promise<void> {
  const ledger = await rig.open();
  await rig.enter(ledger, entries);
  await rig.rounds();
  await ledger[Symbol.asyncDispose]();
}
