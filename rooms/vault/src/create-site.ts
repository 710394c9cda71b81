import { type Bytes, base64 } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import type { Keeper } from './ports.ts';
import { readyEntry } from './prepare-entry.ts';

export interface MadeSite {
  readonly site: string;
  readonly origin: string;
  readonly decisionKey: string;
  readonly generation: number;
}

export async function createSite(
  context: Context,
  call: Call,
  input: { readonly parts?: readonly SqlPart[] },
): Promise<Done<MadeSite>> {
  const { keeper } = context;
  const { site, origin, by } = call;
  const made = await keeper.makeSite({ site, origin });
  const actor = await keeper.makeGroupKey({ site, of: 'actor', owner: by.id });
  const { generation } = made;
  const ready = await readyEntry(context, call, {
    kind: 'site.created',
    organisation: { site },
    keys: {
      organisation: { of: 'organisation', owner: '', generation, wrap: made.organisation },
      actor: { of: 'actor', owner: by.id, ...actor },
    },
  });
  const result = { site, origin, decisionKey: base64(made.decisionKey), generation };
  const parts = [keysMade(call, made), groupsMade(call, made, actor), ...(input.parts ?? [])];
  return carryOut(context, call, { ready, result, statement: { living: noSite(site), parts, made: 'keys_made' } });
}

type Made = Awaited<ReturnType<Keeper['makeSite']>>;

const keysMade = ({ site, origin, at }: Call, made: Made): SqlPart => ({
  name: 'keys_made',
  text: `INSERT INTO site_keys (site, origin, decision_key, generation, switched_at, rewrapped, ending,
      ending_waived, ended, made_at)
    SELECT $1::text, $2::text, $3::bytea, $4::integer, 0, 0, 0, false, 0, $5::bigint FROM guard
    ON CONFLICT DO NOTHING RETURNING 1`,
  values: [site, origin, made.decisionKey, made.generation, at],
});

const groupsMade = ({ site, by }: Call, made: Made, actor: { generation: number; wrap: Bytes }): SqlPart => ({
  name: 'groups_made',
  text: `INSERT INTO group_key (site, of, owner, generation, wrap)
    SELECT $1::text, 'organisation', '', $2::integer, $3::bytea FROM keys_made
    UNION ALL SELECT $1::text, 'actor', $4::text, $5::integer, $6::bytea FROM keys_made RETURNING 1`,
  values: [site, made.generation, made.organisation, by.id, actor.generation, actor.wrap],
});

const noSite = (site: string): SqlPart => ({
  name: 'living',
  text: 'SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM site_keys WHERE site = $1)',
  values: [site],
});
