-- 0041 keep-anchor-heads
-- Why:      a bundle carries the proof that its head grew out of every head that was given out on an anchor card.
-- Changes:  adds "anchor_head".
-- Takes:    no lock on existing tables.
-- Undo:     DROP TABLE anchor_head;
CREATE TABLE anchor_head (
  site     text NOT NULL,
  size     bigint NOT NULL,
  note     text NOT NULL,     -- the signed head as it was given out
  given_at bigint NOT NULL,
  PRIMARY KEY (site, size)
);
