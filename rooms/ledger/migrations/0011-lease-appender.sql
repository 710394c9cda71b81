-- Why: one appender writes the ledger of a house; who comes after it must be able to shut it out by a higher number.
-- Changes: new table lease with at most one row: who appends, under which number, and up to which frame rows are marked.
-- Takes: no time; nothing is locked that exists.
-- Undo: DROP TABLE lease.
CREATE TABLE lease (
  one boolean PRIMARY KEY CHECK (one),
  number bigint NOT NULL,
  node text NOT NULL,
  until bigint NOT NULL,
  house bytea NOT NULL CHECK (octet_length(house) = 16),
  marked_to bigint NOT NULL
);
