import { type Core, remember, siteOf } from './core.ts';
import { personName } from './memory.ts';

export interface Burn {
  readonly site: string;
  readonly person: string;
  readonly below: number;
  readonly erased: boolean;
}

/**
 * The second half of a withdrawal or an erasure. From the moment this answers no key of a lower serial opens, whoever
 * brings back its row. Said twice it changes nothing, and it never lowers what was said before.
 */
export async function burn(core: Core, burns: readonly Burn[]): Promise<void> {
  for (const { site, person, below, erased } of burns) {
    const name = personName(site, person);
    const known = core.memory.burnt.get(name);
    remember(core, {
      is: 'burnt',
      person: name,
      below: Math.max(below, known?.below ?? 0),
      erased: erased || (known?.erased ?? false),
      until: siteOf(core, site).current,
    });
  }
  await core.journal.synced();
}
