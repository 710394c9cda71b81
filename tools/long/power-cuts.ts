/**
 * Power cuts under several writers, at any change to the disk, on a disk that keeps any part of what was not synced.
 * After each one the house starts again, and what it had answered is held against what is there.
 */
import type { FileLayer } from '@visor/ledger/store';
import { type LongResult, type LongTask, seeded } from '../long-run.ts';
import type { Disk } from './power-cuts/disk.ts';
import { CutHouse } from './power-cuts/house.ts';
import { seededBytes } from './power-cuts/rig.ts';

export const name = 'power-cuts';
export const full = 10_000;

const CUTS_A_HOUSE = 4;
const MOST_CHANGES = 90; // to the disk, between a start and the cut

export interface PowerCuts {
  readonly cuts: number;
  readonly answered: number; // entries that the houses had answered, all of them held against what was there
  readonly failures: readonly string[]; // each names the seed and the number of the cut
}

export interface PowerCutOptions {
  readonly deadline?: number;
  readonly now?: () => number;
  readonly say?: (line: string) => void;
  /** Wraps each disk: with a fault planted here the failures must not be empty. */
  readonly wrap?: (disk: Disk) => FileLayer;
}

/** Cuts the power so many times. All chance comes from the seed. */
export async function powerCuts(count: number, seed: number, options: PowerCutOptions = {}): Promise<PowerCuts> {
  const { deadline = Number.POSITIVE_INFINITY, now = () => 0, say = () => undefined, wrap } = options;
  const failures: string[] = [];
  let [cuts, answered] = [0, 0];
  for (let house = 0; cuts < count && now() < deadline && failures.length < 20; house += 1) {
    const chance = seeded(seed + house * 7919);
    const plan = { chance, random: seededBytes(seed, house), sites: 1 + Math.floor(chance() * 3) };
    const lived = new CutHouse(wrap === undefined ? plan : { ...plan, wrap });
    for (let cut = 0; cut < CUTS_A_HOUSE && cuts < count; cut += 1) {
      await lived.liveUntil(1 + Math.floor(chance() * MOST_CHANGES));
      cuts += 1;
      // now and then the power goes again before anything is looked at
      const wrong = chance() < 0.25 && cut + 1 < CUTS_A_HOUSE ? [] : await lived.whatIsWrong();
      failures.push(...wrong.map((what) => `seed ${seed}, house ${house}, cut ${cut}: ${what}`));
      if (wrong.length > 0) break;
    }
    answered += lived.answered;
    if (house % 250 === 249) say(`${cuts} power cuts, ${answered} entries answered, ${failures.length} failures`);
  }
  return { cuts, answered, failures: failures.slice(0, 20) };
}

export async function run({ count, seed, deadline, say }: LongTask): Promise<LongResult> {
  const { cuts, failures } = await powerCuts(count, seed, { deadline, say, now: Date.now });
  return { done: cuts, failures };
}
