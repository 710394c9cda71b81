/** One statement. With a `name` it is prepared once a connection; without one it is parsed every time. */
export interface Query {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface Sql {
  /**
   * Runs one statement. int8 comes back as a number where it is a safe integer and as a bigint beyond, bytea as
   * Uint8Array, json as its value, everything else that has no JavaScript twin as text.
   * @throws Fault `database` with the SQLSTATE; nothing of a row ever stands in it.
   */
  query<R>(query: Query): Promise<readonly R[]>;
}
