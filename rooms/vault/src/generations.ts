/** The life of a site's key generations: begin, re-wrap, end. Each step may be stopped anywhere and done again. */
import { Refusal } from '@visor/record';
import type { Sql, SqlPart } from '@visor/storage';
import type { Call, Done } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import { livingSite } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { RewrapRow } from './ports.ts';
import { readyEntry } from './prepare-entry.ts';

interface SiteState {
  readonly generation: number;
  readonly rewrapped: number;
  readonly ending: number; // the last one that was to end
  readonly ending_waived: boolean;
  readonly ended: number; // the last one whose end is entered
}

/** @throws Refusal `request.not-found` */
async function stateOf(sql: Sql, site: string): Promise<SiteState> {
  const [row] = await sql.query<SiteState>({
    name: 'vault_generation_state',
    text: 'SELECT generation, rewrapped, ending, ending_waived, ended FROM site_keys WHERE site = $1',
    values: [site],
  });
  if (row === undefined) throw new Refusal('request.not-found', { what: 'site' });
  return row;
}

/**
 * From here on everything new is wrapped under a new generation. A generation that the keeper began and nobody entered
 * (a crash came between) is the one that is entered now.
 */
export async function beginGeneration(context: Context, call: Call): Promise<Done<{ generation: number }>> {
  await finishGenerations(context, call);
  const generation = await context.keeper.switchGeneration(call.site);
  const done = await onceMore(context, call, { work: () => enterBegun(context, call, generation) });
  await noteSwitch(context.db, call.site);
  return done;
}

async function enterBegun(context: Context, call: Call, generation: number): Promise<Done<{ generation: number }>> {
  const ready = await readyEntry(context, call, { kind: 'key.generation.begun', organisation: { generation } });
  const begun: SqlPart = {
    name: 'generation_begun',
    text: `UPDATE site_keys SET generation = $2::integer, switched_at = NULL FROM guard
      WHERE site = $1 AND generation < $2::integer RETURNING 1`,
    values: [call.site, generation],
  };
  const statement = { living: livingSite(call.site), parts: [begun], made: 'generation_begun' };
  return carryOut(context, call, { ready, result: { generation }, statement });
}

/**
 * The moment after which every new transaction sees the new generation; by the database's own clock, read after the
 * commit, so that no transaction that could not see it began later.
 */
async function noteSwitch(sql: Sql, site: string): Promise<void> {
  await sql.query({
    name: 'vault_switch_noted',
    text: `UPDATE site_keys SET switched_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1
      WHERE site = $1 AND switched_at IS NULL`,
    values: [site],
  });
}

interface PersonWrap {
  readonly person: string;
  readonly serial: number;
  readonly generation: number;
  readonly wrap: Uint8Array;
}
interface OwnedWrap {
  readonly of: 'organisation' | 'actor' | 'case';
  readonly owner: string;
  readonly generation: number;
  readonly wrap: Uint8Array;
}

/** Turns up to `limit` people and as many other keys to the current generation; answers how many. */
export async function rewrap(context: Context, site: string, limit = 500): Promise<number> {
  const current = (await context.keeper.generations(site)).find((one) => one.current)?.generation ?? 0;
  return (
    (await rewrapPeople(context, site, { current, limit })) + (await rewrapOwned(context, site, { current, limit }))
  );
}

interface Batch {
  readonly current: number;
  readonly limit: number;
}

async function rewrapPeople({ db, keeper }: Context, site: string, { current, limit }: Batch): Promise<number> {
  const rows = await db.query<PersonWrap>({
    name: 'vault_rewrap_people',
    text: `SELECT person, serial, generation, wrap FROM person WHERE site = $1 AND generation < $2
      ORDER BY generation, person LIMIT $3`,
    values: [site, current, limit],
  });
  const batch = rows.filter((row) => row.generation === rows[0]?.generation);
  if (batch.length === 0) return 0;
  const asked = batch.map(({ person, serial, wrap }): RewrapRow => ({ of: 'person', person, serial, wrap }));
  const { generation, wraps } = await keeper.rewrap({ site, from: batch[0]!.generation, rows: asked });
  const good = batch.flatMap((row, at) => (wraps[at]!.length === 0 ? [] : [{ ...row, wrap: wraps[at]! }]));
  const turned = await db.query({
    name: 'vault_rewrapped_people',
    text: `WITH turned AS (UPDATE person p SET wrap = n.wrap, generation = $5
        FROM unnest($2::text[], $3::integer[], $4::bytea[]) AS n (person, serial, wrap)
        WHERE p.site = $1 AND p.person = n.person AND p.serial = n.serial AND p.generation = $6 RETURNING 1),
      counted AS (UPDATE site_keys SET rewrapped = rewrapped + (SELECT count(*) FROM turned) WHERE site = $1)
      SELECT 1 FROM turned`,
    values: [
      ...[site, good.map((row) => row.person), good.map((row) => row.serial), good.map((row) => row.wrap)],
      ...[generation, batch[0]!.generation],
    ],
  });
  return turned.length;
}

async function rewrapOwned({ db, keeper }: Context, site: string, { current, limit }: Batch): Promise<number> {
  const rows = await db.query<OwnedWrap>({
    name: 'vault_rewrap_groups',
    text: `SELECT of, owner, generation, wrap FROM group_key WHERE site = $1 AND generation < $2
      ORDER BY generation, of, owner LIMIT $3`,
    values: [site, current, limit],
  });
  const batch = rows.filter((row) => row.generation === rows[0]?.generation);
  if (batch.length === 0) return 0;
  const asked = batch.map(({ of, owner, wrap }): RewrapRow => ({ of, owner, wrap }));
  const { generation, wraps } = await keeper.rewrap({ site, from: batch[0]!.generation, rows: asked });
  const turned = await db.query({
    name: 'vault_rewrapped_groups',
    text: `WITH turned AS (UPDATE group_key g SET wrap = n.wrap, generation = $5
        FROM unnest($2::text[], $3::text[], $4::bytea[]) AS n (of, owner, wrap)
        WHERE g.site = $1 AND g.of = n.of AND g.owner = n.owner AND g.generation = $6 RETURNING 1),
      counted AS (UPDATE site_keys SET rewrapped = rewrapped + (SELECT count(*) FROM turned) WHERE site = $1)
      SELECT 1 FROM turned`,
    values: [
      ...[site, batch.map((row) => row.of), batch.map((row) => row.owner), wraps],
      ...[generation, batch[0]!.generation],
    ],
  });
  return turned.length;
}

interface Ending {
  readonly generation: number;
  readonly waived: boolean;
}
type Ended = Done<{ generation: number; rewrapped: number }>;

/**
 * Has the keeper destroy a generation and enters that it did.
 * @throws Refusal `keeper.generation.living` while rows or older transactions name it, or a key backup is owed
 */
export async function endGeneration(context: Context, call: Call, input: Ending): Promise<Ended> {
  const { site } = call;
  const { generation, waived } = input;
  const current = (await context.keeper.generations(site)).find((one) => one.current)?.generation ?? 0;
  if ((await stateOf(context.db, site)).generation < current) await beginGeneration(context, call);
  await noteSwitch(context.db, site);
  await noteEnding(context.db, site, input);
  // Counted after it is known that no older transaction can still write: in one snapshot its row would not show.
  const transactionsOpen = await transactionsBefore(context.db, site);
  const rowsLeft = await rowsNaming(context.db, site, generation);
  await context.keeper.endGeneration({ site, generation, rowsLeft, transactionsOpen, waived });
  return enterEnded(context, call, input);
}

/** Written before the keeper destroys anything, so that the end is entered even if a crash comes in between. */
async function noteEnding(sql: Sql, site: string, { generation, waived }: Ending): Promise<void> {
  await sql.query({
    name: 'vault_generation_ending',
    text: 'UPDATE site_keys SET ending = $2, ending_waived = $3 WHERE site = $1 AND ended < $2',
    values: [site, generation, waived],
  });
}

/** A transaction that began before the switch may still write under the old generation. */
async function transactionsBefore(sql: Sql, site: string): Promise<number> {
  const [row] = await sql.query<{ open: number }>({
    name: 'vault_older_transactions',
    text: `SELECT (SELECT count(*) FROM pg_stat_activity a, site_keys k WHERE k.site = $1
          AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
          AND extract(epoch FROM a.xact_start) * 1000 <= k.switched_at)::int
        + (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())::int AS open`,
    values: [site],
  });
  return row?.open ?? 0;
}

async function rowsNaming(sql: Sql, site: string, generation: number): Promise<number> {
  const [row] = await sql.query<{ rows: number }>({
    name: 'vault_generation_named',
    text: `SELECT (SELECT count(*) FROM person WHERE site = $1 AND generation <= $2)::int
        + (SELECT count(*) FROM group_key WHERE site = $1 AND generation <= $2)::int AS rows`,
    values: [site, generation],
  });
  return row?.rows ?? 0;
}

async function enterEnded(context: Context, call: Call, { generation, waived }: Ending): Promise<Ended> {
  const { rewrapped } = await stateOf(context.db, call.site);
  const ended: SqlPart = {
    name: 'generation_ended',
    text: `UPDATE site_keys SET ended = $2::integer, rewrapped = 0 FROM guard
      WHERE site = $1 AND ended < $2::integer RETURNING 1`,
    values: [call.site, generation],
  };
  const statement = { living: livingSite(call.site), parts: [ended], made: 'generation_ended' };
  return onceMore(context, call, {
    work: async () => {
      const organisation = { generation, rewrapped, waived };
      const ready = await readyEntry(context, call, { kind: 'key.generation.ended', organisation });
      return carryOut(context, call, { ready, result: { generation, rewrapped }, statement });
    },
  });
}

/** Enters the end of a generation that the keeper destroyed just before a crash. */
export async function finishGenerations(context: Context, call: Call): Promise<number> {
  const { ending, ending_waived: waived, ended } = await stateOf(context.db, call.site);
  if (ending <= ended) return 0;
  const living = await context.keeper.generations(call.site);
  if (living.some(({ generation }) => generation <= ending)) return 0; // it was refused then
  await enterEnded(context, call, { generation: ending, waived });
  return 1;
}
