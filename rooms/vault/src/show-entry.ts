import type { Call } from './acts.ts';
import type { Entered, ShownEntry } from './ports.ts';
import type { ReadyEntry } from './prepare-entry.ts';

/** An entry as the keeper must be shown it: it remakes the groups in these slots and follows them to its own signature. */
export async function shownEntry(ready: ReadyEntry, entered: Entered, slots: readonly number[]): Promise<ShownEntry> {
  const { id, roots } = ready.prepared;
  return {
    ...{ entry: id, roots, kind: ready.kind, index: entered.index, leaf: entered.leaf },
    ...{ size: entered.size, checkpoint: entered.note, proof: await entered.proof() },
    groups: ready.groups
      .filter(({ slot }) => slots.includes(slot))
      .map(({ slot, key, values }) => ({ slot, key, values })),
  };
}

/** A call that is not asked for again under the same key: its first act has passed the gate for all of it. */
export function withoutGate(call: Call): Call {
  const { gate: _, ...rest } = call;
  return rest;
}
