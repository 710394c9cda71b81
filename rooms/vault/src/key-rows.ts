/** The rows that hold wrapped keys, and a memory of the newest of them: a wrap opens nothing outside the keeper. */
import { type Bytes, Refusal } from '@visor/record';
import type { Sql } from '@visor/storage';
import { Newest } from './newest.ts';
import type { GroupKey, Keeper, PersonKey } from './ports.ts';

export interface PersonRow {
  readonly person: string;
  readonly serial: number;
  readonly changes: number; // counts what was hung on the person: a re-wrap that misses something is noticed
  readonly generation: number;
  readonly key_id: Bytes;
  readonly wrap: Bytes;
  readonly group_wrap: Bytes;
  readonly filing_wrap: Bytes;
  readonly tag: Bytes;
}

export const PERSON_COLUMNS = 'person, serial, changes, generation, key_id, wrap, group_wrap, filing_wrap, tag';

export const personKeyOf = ({ person, serial, generation, wrap }: PersonRow): PersonKey => ({
  ...{ person, serial, generation, wrap },
});
export const subjectKeyOf = (row: PersonRow): GroupKey => ({
  of: 'person',
  key: personKeyOf(row),
  group: row.group_wrap,
});

interface OwnedRow {
  readonly generation: number;
  readonly wrap: Bytes;
}

type Owned = Exclude<GroupKey, { of: 'person' }>;

export class KeyRows {
  readonly #sql: Sql;
  readonly #keeper: Keeper;
  readonly #people = new Newest<PersonRow>(20_000);
  readonly #owned = new Newest<Owned>(10_000);
  readonly #decisions = new Newest<Bytes>(10_000);

  constructor(sql: Sql, keeper: Keeper) {
    this.#sql = sql;
    this.#keeper = keeper;
  }

  /** @throws Refusal `request.not-found`, `vault.person.gone` */
  async person(site: string, person: string): Promise<PersonRow> {
    return this.#people.get(`${site}/${person}`) ?? this.freshPerson(site, person);
  }

  /** As it stands in the table now. @throws as `person` */
  async freshPerson(site: string, person: string): Promise<PersonRow> {
    const [row] = await this.#sql.query<PersonRow & { state: string }>({
      name: 'vault_person_key',
      text: `SELECT state, ${PERSON_COLUMNS} FROM person WHERE site = $1 AND person = $2`,
      values: [site, person],
    });
    if (row === undefined) throw new Refusal('request.not-found', { what: 'person' });
    if (row.state !== 'living') throw new Refusal('vault.person.gone', { person });
    return this.keep(site, row);
  }

  /** The public key that a site's decisions are checked with. @throws Refusal `request.not-found` */
  async decisionKey(site: string): Promise<Bytes> {
    const known = this.#decisions.get(site);
    if (known !== undefined) return known;
    const [row] = await this.#sql.query<{ decision_key: Bytes }>({
      name: 'vault_decision_key',
      text: 'SELECT decision_key FROM site_keys WHERE site = $1',
      values: [site],
    });
    if (row === undefined) throw new Refusal('request.not-found', { what: 'site' });
    return this.#decisions.set(site, row.decision_key);
  }

  keep(site: string, row: PersonRow): PersonRow {
    return this.#people.set(`${site}/${row.person}`, row);
  }

  /** The key of a group, if there is one. */
  async ownedIfAny(site: string, of: Owned['of'], owner: string): Promise<Owned | undefined> {
    const row = await this.#read(site, of, owner);
    return row === undefined ? undefined : { of, owner, ...row };
  }

  /** The key of a group that is not a person's; an operator's is made when they first do something. */
  async owned(site: string, of: Owned['of'], owner: string): Promise<Owned> {
    const name = `${site}/${of}/${owner}`;
    return this.#owned.get(name) ?? this.#owned.set(name, await this.#find(site, of, owner));
  }

  async #find(site: string, of: Owned['of'], owner: string): Promise<Owned> {
    const found = (await this.#read(site, of, owner)) ?? (await this.#make(site, of, owner));
    return { of, owner, ...found };
  }

  async #read(site: string, of: Owned['of'], owner: string): Promise<OwnedRow | undefined> {
    const rows = await this.#sql.query<OwnedRow>({
      name: 'vault_group_key',
      text: 'SELECT generation, wrap FROM group_key WHERE site = $1 AND of = $2 AND owner = $3',
      values: [site, of, owner],
    });
    return rows[0];
  }

  /** Two nodes may come here at once; the row that stands is the key, the other never was. */
  async #make(site: string, of: Owned['of'], owner: string): Promise<OwnedRow> {
    if (of === 'organisation') throw new Refusal('request.not-found', { what: 'site' });
    const { generation, wrap } = await this.#keeper.makeGroupKey({ site, of, owner });
    await this.#sql.query({
      name: 'vault_group_key_make',
      text: `INSERT INTO group_key (site, of, owner, generation, wrap)
        SELECT site, $2::text, $3::text, $4::integer, $5::bytea FROM site_keys
        WHERE site = $1 AND generation <= $4::integer ON CONFLICT DO NOTHING`,
      values: [site, of, owner, generation, wrap],
    });
    const row = await this.#read(site, of, owner);
    if (row === undefined) throw new Refusal('vault.serial', { what: 'generation' });
    return row;
  }

  forgetPerson(site: string, person: string): void {
    this.#people.forget(`${site}/${person}`);
  }

  forgetOwned(site: string, of: Owned['of'], owner: string): void {
    this.#owned.forget(`${site}/${of}/${owner}`);
  }
}
