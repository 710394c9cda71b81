import { discloseGroup, type EntryDisclosure, type GroupDisclosure, parseLeaf, SLOTS } from '@visor/ledger';
import { type Bytes, base64 } from '@visor/record';
import type { Receipt } from './acts.ts';
import type { Entered, VaultTools } from './ports.ts';
import type { ReadyEntry, ReadyGroup } from './prepare-entry.ts';

/** Never on a receipt: a score is for those whose key says so, and only when it is made. */
const WITHHELD = ['score_band'];

/** Facts of a deletion stand in the organisation's group, which outlives the person key; the person takes them away too. */
const DELETION_FACTS = ['kind', 'at', 'person_key', 'horizon', 'faces', 'consents'];
const DELETIONS: readonly string[] = ['consent.withdrawn', 'person.erased'];

type Show = 'all' | readonly string[];

/** Which fields of a group its receipt opens; `undefined` shows the group by its root. */
function shownOf(
  kind: string,
  { slot, values }: Pick<ReadyGroup, 'slot' | 'values'>,
  hasSubject: boolean,
): Show | undefined {
  if (slot === SLOTS.subject) return ['kind', ...Object.keys(values).filter((name) => !WITHHELD.includes(name))];
  if (slot !== SLOTS.organisation) return undefined;
  if (!hasSubject) return 'all';
  return DELETIONS.includes(kind) ? DELETION_FACTS : undefined;
}

type Tools = Pick<VaultTools, 'sha256' | 'hmac'>;

export interface Shown {
  readonly id: Bytes;
  readonly roots: readonly Bytes[];
  readonly kind: string;
  readonly groups: readonly Pick<ReadyGroup, 'slot' | 'seed' | 'values'>[];
}

/** The entry as its receipt shows it. */
export function receiptEntry(
  tools: Tools,
  shown: Shown,
  at: Pick<Entered, 'origin' | 'index' | 'leaf'>,
): EntryDisclosure {
  const hasSubject = shown.groups.some(({ slot }) => slot === SLOTS.subject);
  return discloseEntry(tools, shown, { ...at, show: (group) => shownOf(shown.kind, group, hasSubject) });
}

export function discloseEntry(
  tools: Tools,
  { id, roots, kind, groups }: Shown,
  more: Pick<Entered, 'origin' | 'index' | 'leaf'> & { show: (group: Shown['groups'][number]) => Show | undefined },
): EntryDisclosure {
  const { padClass } = parseLeaf(more.leaf);
  const disclosed = roots.map((root, slot): GroupDisclosure => {
    const group = groups.find((one) => one.slot === slot);
    const show = group === undefined ? undefined : more.show(group);
    if (group === undefined || show === undefined) return { slot, root: base64(root) };
    const { seed, values } = group;
    return discloseGroup(tools, { kind, slot, seed, values, padClass, show });
  });
  return { log: more.origin, index: more.index, id: base64(id), leaf: base64(more.leaf), groups: disclosed };
}

export async function receiptOfEntered(tools: Tools, ready: ReadyEntry, entered: Entered): Promise<Receipt> {
  const { id, roots } = ready.prepared;
  return {
    visor: 'receipt/1',
    entry: receiptEntry(tools, { id, roots, kind: ready.kind, groups: ready.groups }, entered),
    proof: (await entered.proof()).map(base64),
    size: entered.size,
    checkpoint: entered.note,
  };
}
