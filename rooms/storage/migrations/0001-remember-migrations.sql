-- Why: a database must say which migrations it has had, so that none runs twice and a changed one is noticed.
-- Changes: new table migration; its row 0 is the place where starters that come together take turns.
-- Takes: no time; nothing is locked that exists.
-- Note: two starters may come here at once; the second finds the table and is turned away at its first row.
-- Undo: DROP TABLE migration.
CREATE TABLE IF NOT EXISTS migration (
  number integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at bigint NOT NULL
);
INSERT INTO migration (number, name, sha256, applied_at) VALUES (0, 'turns', '', 0) ON CONFLICT DO NOTHING;
