-- Why: an entry must be committed with the act that it tells of, and reach the ledger whatever happens in between.
-- Changes: new table outbox, the house's queue of prepared entries and, once entered, the place of each.
-- Takes: no time; nothing is locked that exists.
-- Note: house-wide, since one appender takes the entries of all sites in the order of their ids. A row keeps its place
--   for good, but not its sealed groups: they go when it is marked. They are small and random, so they stay in the row
--   uncompressed.
-- Undo: DROP TABLE outbox.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site text NOT NULL,
  entry_id bytea NOT NULL CHECK (octet_length(entry_id) = 16),
  origin text NOT NULL,
  at bigint NOT NULL,
  prepared bytea,
  entry_index bigint CHECK (entry_index >= 0),
  CONSTRAINT outbox_entry UNIQUE (site, entry_id),
  CONSTRAINT outbox_state CHECK ((prepared IS NULL) = (entry_index IS NOT NULL))
) WITH (toast_tuple_target = 8160);
ALTER TABLE outbox ALTER COLUMN prepared SET STORAGE EXTERNAL;
CREATE INDEX outbox_waiting ON outbox (id) WHERE entry_index IS NULL;
