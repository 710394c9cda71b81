import { type BundleEntry, type BundleLog, buildBundle, bundleFields } from '@visor/case/bundle';
import { type EntryDisclosure, SLOTS } from '@visor/ledger';
import { type Bytes, base64, type JsonObject, newId, Refusal } from '@visor/record';
import type { Call, Done } from '@visor/vault';
import { givenHeads } from './anchor.ts';
import type { House } from './house.ts';
import { sha256 } from './tools.ts';

export interface MadeBundle {
  readonly bundle: string;
  readonly entries: number;
  readonly bytes: Bytes;
  readonly sha256: Bytes;
  readonly done: Done<JsonObject>;
}

export interface Wanted {
  readonly from: number;
  readonly limit: number;
  /** Only the entries that are about this person. */
  readonly person?: string;
}

export interface Bundles {
  /** @throws Refusal `ledger.index` when nothing of what was asked for is there */
  make(call: Call, wanted: Wanted): Promise<MadeBundle>;
}

type Needs = Pick<House, 'db' | 'ledger' | 'vault' | 'now' | 'random' | 'logKey'>;

/** Fields that concern nobody who reads a bundle: how alike two faces were, what an app calls a person, free words. */
const WITHHELD = ['score_band', 'quality', 'reference', 'reason', 'producer', 'voids'] as const;

/** Bundles hold their own `bundle.made` entry, which counts what is in them: nothing can be left out unseen. */
export function makeBundles(house: Needs): Bundles {
  return {
    async make(call, { from, limit, person }) {
      const all = await house.vault.discloseEntries(call, { from, limit, withhold: WITHHELD });
      const shown = person === undefined ? all : all.filter((entry) => isAbout(entry, person));
      if (shown.length === 0) throw new Refusal('ledger.index', { from });
      const id = newId('bnd', house.random);
      const fields = bundleFields(sha256, { id, made: call.at, entries: shown });
      const done = await house.vault.record(call, { kind: 'bundle.made', fields: { ...fields } });
      const entries = [...shown, done.receipt.entry];
      const bytes = buildBundle(sha256, {
        id,
        made: call.at,
        key: house.logKey,
        ...(await provedAtOneHead(house, call, entries)),
      });
      return { bundle: id, entries: entries.length, bytes, sha256: sha256(bytes), done };
    },
  };
}

/** The subject group names its person, as long as that person's key is there to open it. */
function isAbout({ groups }: EntryDisclosure, person: string): boolean {
  const subject = groups.find(({ slot }) => slot === SLOTS.subject);
  if (subject === undefined || !('fields' in subject)) return false;
  return subject.fields.some((field) => 'value' in field && field.name === 'person' && field.value === person);
}

async function provedAtOneHead(
  house: Needs,
  call: Call,
  all: readonly EntryDisclosure[],
): Promise<{ entries: BundleEntry[]; logs: BundleLog[] }> {
  const { origin, site } = call;
  const head = await house.ledger.head(origin);
  if (head === undefined) throw new Refusal('ledger.index');
  const entries: BundleEntry[] = [];
  for (const entry of all) {
    const proof = await house.ledger.prove(origin, entry.index, head.size);
    entries.push({ entry, proof: proof.map(base64), size: head.size });
  }
  const earlier: { head: string; proof: string[] }[] = [];
  for (const { size, note } of await givenHeads(house.db, site)) {
    if (size >= head.size) continue; // a card given out since the head was read
    earlier.push({ head: note, proof: (await house.ledger.consistency(origin, size, head.size)).map(base64) });
  }
  return { entries, logs: [{ origin, head: head.note, earlier }] };
}
