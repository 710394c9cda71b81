import { Refusal, utf8 } from '@visor/record';
import type { SqlPart } from '@visor/storage';
import type { Call, Done, Person } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import type { PersonRow } from './key-rows.ts';
import { livingGeneration } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import { readyEntry } from './prepare-entry.ts';

const LONGEST_REFERENCE = 200; // bytes

/** The app's own name for a person, as the site's key marks it. @throws Refusal `request.body` */
export function markOf({ keeper }: Context, site: string, reference: string): Promise<Uint8Array> {
  const value = utf8(reference);
  if (value.length === 0 || value.length > LONGEST_REFERENCE || !reference.isWellFormed()) {
    throw new Refusal('request.body', { at: 'reference', limit: LONGEST_REFERENCE });
  }
  return keeper.lookupMark({ site, what: 'reference', value });
}

export function createPerson(
  context: Context,
  call: Call,
  input: { readonly reference?: string },
): Promise<Done<Person>> {
  return onceMore(context, call, { work: () => create(context, call, input) });
}

async function create(
  context: Context,
  call: Call,
  { reference }: { readonly reference?: string },
): Promise<Done<Person>> {
  const { keeper, keys } = context;
  const { site } = call;
  const person = context.fresh('per');
  const [made, mark] = await Promise.all([
    keeper.makePerson({ site, person }),
    reference === undefined ? null : markOf(context, site, reference),
  ]);
  const row: PersonRow = {
    ...{ person, serial: made.serial, changes: 0, generation: made.generation, key_id: made.keyId },
    ...{ wrap: made.wrap, group_wrap: made.group, filing_wrap: made.filing, tag: made.tag },
  };
  const values = { person, reference: reference ?? null };
  const ready = await readyEntry(context, call, { kind: 'person.created', subject: { person: row, values } });
  const living = livingGeneration(site, made.generation);
  const statement = { living, parts: [personMade(call, row, mark)], made: 'person_made' };
  const result: Person = { person, state: 'living', createdAt: call.at, erasedAt: null };
  const done = await carryOut(context, call, { ready, result, statement });
  keys.keep(site, row);
  return done;
}

const personMade = ({ site, at }: Call, row: PersonRow, mark: Uint8Array | null): SqlPart => ({
  name: 'person_made',
  text: `INSERT INTO person (site, person, state, serial, changes, generation, key_id, wrap, group_wrap, filing_wrap,
      tag, mark, made_at)
    SELECT $1::text, $2::text, 'living', $3::integer, 0, $4::integer, $5::bytea, $6::bytea, $7::bytea, $8::bytea,
      $9::bytea, $10::bytea, $11::bigint FROM guard ON CONFLICT DO NOTHING RETURNING 1`,
  values: [
    ...[site, row.person, row.serial, row.generation, row.key_id, row.wrap],
    ...[row.group_wrap, row.filing_wrap, row.tag, mark, at],
  ],
});
