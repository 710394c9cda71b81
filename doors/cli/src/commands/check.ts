import type { JsonObject } from '@visor/record';
import { askHouse } from '../ask-house.ts';
import { type Context, EXIT, type Exit, say, sayJson } from '../context.ts';

/** `check`: the house looks at itself. */
export async function check(context: Context, flags: { json?: boolean | string | undefined }): Promise<Exit> {
  const report = (await askHouse(context, 'check', {})) as JsonObject; // this act answers an object
  if (flags.json === true) sayJson(context, report);
  else {
    // The same act answers an array of parts.
    for (const part of report.parts as readonly JsonObject[]) {
      say(context, `${part.good === true ? 'good ' : 'BAD  '} ${String(part.part)}: ${String(part.says)}`);
    }
  }
  return report.good === true ? EXIT.done : EXIT.refused;
}
