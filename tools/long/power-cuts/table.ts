/**
 * The ledger's two tables in memory, for tests in which only the disk is to lose power: it answers the statements of
 * the ledger by their names. What the statements themselves do is tested against PostgreSQL.
 */
import { type Bytes, hex } from '@visor/record';
import type { Database, Query, SqlPart } from '@visor/storage';

interface Row {
  readonly id: number;
  readonly site: string;
  readonly entry_id: Bytes;
  readonly origin: string;
  readonly at: number;
  prepared: Bytes | null;
  entry_index: number | null;
}

type Values = readonly unknown[];

export class TestTable implements Database {
  readonly url = 'none:';
  readonly #rows = new Map<string, Row>();
  #next = 1;
  #lease: { number: number; node: string; until: number; house: Bytes; marked_to: number } | undefined;
  /** Called before each statement; an error it throws is the answer. */
  before: (name: string) => void = () => undefined;

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Does what part "outboxed" does when its act happens. */
  commit({ values }: SqlPart): void {
    const [site, entry_id, origin, at, prepared] = values as [string, Bytes, string, number, Bytes]; // as outboxPart has them
    if (this.#rows.has(hex(entry_id))) throw new RangeError('the entry is there already');
    this.#rows.set(hex(entry_id), { id: this.#next++, site, entry_id, origin, at, prepared, entry_index: null });
  }

  together<R>(query: Query): Promise<readonly R[]> {
    return this.query(query);
  }

  async query<R>({ name = '', values = [] }: Query): Promise<readonly R[]> {
    this.before(name);
    const answer = STATEMENTS[name];
    if (answer === undefined) throw new RangeError(`no such statement: ${name}`);
    return answer(this, values) as readonly R[]; // the ledger reads the columns that it asked for
  }

  take([node, until, house, now]: Values): readonly unknown[] {
    const held = this.#lease;
    if (held !== undefined && held.node !== node && held.until >= Number(now)) return [];
    this.#lease = {
      ...{ number: (held?.number ?? 0) + 1, node: String(node), until: Number(until) },
      ...{ house: held?.house ?? (house as Bytes), marked_to: held?.marked_to ?? 0 }, // bytes, as takeLease has them
    };
    return [{ ...this.#lease }];
  }

  renew([number, until]: Values): readonly unknown[] {
    const lease = this.#lease;
    if (lease === undefined || lease.number !== number) return [];
    lease.until = Number(until);
    return [{ number }];
  }

  waiting([after, most]: Values): readonly unknown[] {
    const rows = this.rows.filter(({ id, entry_index }) => entry_index === null && id > Number(after));
    return rows.sort((a, b) => a.id - b.id).slice(0, Number(most));
  }

  full([ids]: Values): readonly unknown[] {
    const wanted = new Set(list<number>(ids));
    return this.rows.filter(({ id, entry_index }) => wanted.has(id) && entry_index === null).map((row) => ({ ...row }));
  }

  mark([sites, ids, indexes, lease, markedTo]: Values): readonly unknown[] {
    const held = this.#lease;
    if (held === undefined || held.number !== lease) return [];
    held.marked_to = Math.max(held.marked_to, Number(markedTo));
    const indexOf = list<number>(indexes);
    const siteOf = list<string>(sites);
    for (const [i, id] of list<Bytes>(ids).entries()) {
      const row = this.#rows.get(hex(id));
      if (row === undefined || row.site !== siteOf[i] || row.entry_index !== null) continue;
      row.entry_index = indexOf[i]!; // as many as ids
      row.prepared = null;
    }
    return [{ number: lease }];
  }

  find([site, id]: Values): readonly unknown[] {
    const row = this.#rows.get(hex(id as Bytes)); // as findRow has it
    return row === undefined || row.site !== site ? [] : [{ entry_index: row.entry_index }];
  }

  transaction(): Promise<never> {
    throw new RangeError('the ledger has no transactions of its own');
  }
  listen(): Promise<never> {
    throw new RangeError('the ledger does not listen');
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** A value that the ledger hands over as an array of one kind. */
const list = <T>(value: unknown): readonly T[] => value as readonly T[]; // as outbox.ts has them

const STATEMENTS: Readonly<Record<string, (table: TestTable, values: Values) => readonly unknown[]>> = {
  ledger_lease_take: (table, values) => table.take(values),
  ledger_lease_renew: (table, values) => table.renew(values),
  ledger_lease_free: (table, [number]) => table.renew([number, 0]),
  ledger_waiting: (table, values) => table.waiting(values),
  ledger_rows: (table, values) => table.full(values),
  ledger_mark: (table, values) => table.mark(values),
  ledger_find: (table, values) => table.find(values),
};
