import { Refusal } from '@visor/record';
import type { Call } from './acts.ts';
import type { Context } from './context.ts';
import { withdrawConsent } from './withdraw-consent.ts';

/** Withdraws, as the house, what has run past the days of its purpose. */
export async function endExpired(context: Context, call: Call, limit = 100): Promise<number> {
  const rows = await context.db.query<{ consent: string }>({
    name: 'vault_expired',
    text: `SELECT consent FROM consent WHERE site = $1 AND state = 'given' AND ends_at <= $2 ORDER BY ends_at LIMIT $3`,
    values: [call.site, context.now(), limit],
  });
  let ended = 0;
  for (const { consent } of rows) ended += (await endOne(context, call, consent)) ? 1 : 0;
  return ended;
}

/** Somebody may have withdrawn it, or the person, while the list was gone through. */
async function endOne(context: Context, call: Call, consent: string): Promise<boolean> {
  try {
    await withdrawConsent(context, call, { consent });
    return true;
  } catch (error) {
    if (error instanceof Refusal && ['vault.consent.missing', 'vault.person.gone'].includes(error.code)) return false;
    throw error;
  }
}
