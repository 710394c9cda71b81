import { Refusal } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done, Purpose, PurposeInput } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import { livingSite } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

const NAME = /^[a-z][a-z0-9.-]{0,63}$/;
const MOST_DAYS = 3650;

export async function createPurpose(context: Context, call: Call, input: PurposeInput): Promise<Done<Purpose>> {
  refuseOdd(context, input);
  return onceMore(context, call, { work: () => create(context, call, input) });
}

/** @throws Refusal `request.body` naming what is wrong */
function refuseOdd({ faces }: Context, { name, days, far }: PurposeInput): void {
  if (!NAME.test(name)) throw new Refusal('request.body', { at: 'name' });
  if (!Number.isSafeInteger(days) || days < 1 || days > MOST_DAYS)
    throw new Refusal('request.body', { at: 'days', limit: MOST_DAYS });
  const points = faces.model()?.points;
  if (points !== undefined && !points.some((point) => point.far === far))
    throw new Refusal('request.body', { at: 'far' });
  if (!(far > 0 && far < 1)) throw new Refusal('request.body', { at: 'far' });
}

async function create(context: Context, call: Call, input: PurposeInput): Promise<Done<Purpose>> {
  const purpose = context.fresh('pur');
  const { name, pictureKept, days, asserted, far } = input;
  const ready = await readyEntry(context, call, {
    kind: 'purpose.created',
    organisation: { purpose, name, picture_kept: pictureKept, days, asserted, far },
  });
  const result: Purpose = { ...input, purpose, createdAt: call.at };
  const parts = [purposeMade(call, result)];
  return carryOut(context, call, {
    ready,
    result,
    statement: { living: livingSite(call.site), parts, made: 'purpose_made' },
  });
}

const purposeMade = ({ site, at }: Call, of: Purpose): SqlPart => ({
  name: 'purpose_made',
  text: `INSERT INTO purpose (site, purpose, name, picture_kept, days, asserted, far, made_at)
    SELECT $1::text, $2::text, $3::text, $4::boolean, $5::integer, $6::boolean, $7::float8, $8::bigint FROM guard
    ON CONFLICT DO NOTHING RETURNING 1`,
  values: [site, of.purpose, of.name, of.pictureKept, of.days, of.asserted, of.far, at],
});
