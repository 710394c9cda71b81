-- Why: a database must say which house it belongs to, so that one of another house is refused by name.
-- Changes: new table house with at most one row.
-- Takes: no time; nothing is locked that exists.
-- Undo: DROP TABLE house.
CREATE TABLE house (
  one boolean PRIMARY KEY CHECK (one),
  id text NOT NULL,
  format integer NOT NULL,
  made_at bigint NOT NULL
);
