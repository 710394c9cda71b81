import type { JsonObject } from '@visor/record';
import type { Call, Done, RecordInput } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import { livingSite } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

/** An entry without a person in it, with whatever state the door changes beside it. */
export function recordEntry(context: Context, call: Call, input: RecordInput): Promise<Done<JsonObject>> {
  return onceMore(context, call, {
    work: async () => {
      const { kind, fields, parts = [], made = 'guard' } = input;
      const ready = await readyEntry(context, call, { kind, organisation: fields });
      const statement = { living: livingSite(call.site), parts, made };
      return carryOut(context, call, { ready, result: fields, statement });
    },
  });
}
