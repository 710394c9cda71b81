-- 0040 make-sites-and-keys
-- Why:      every route but the open ones needs a key that belongs to one site.
-- Changes:  adds "site", "api_key" and "idempotency".
-- Takes:    no lock on existing tables.
-- Undo:     DROP TABLE idempotency, api_key, site;
CREATE TABLE site (
  site    text PRIMARY KEY,
  origin  text NOT NULL,
  name    text NOT NULL,      -- what the operator calls the organisation or home; no person's name
  kind    text NOT NULL,      -- 'house' for the one that holds the house's own entries, else 'site'
  made_at bigint NOT NULL,    -- ms since 1970
  state   text NOT NULL       -- 'living'
);
CREATE TABLE api_key (
  site       text NOT NULL,
  key        text NOT NULL,
  hash       bytea NOT NULL,  -- SHA-256 of the secret; the secret itself is shown once and kept nowhere
  scopes     text[] NOT NULL,
  label      text NOT NULL,
  made_at    bigint NOT NULL,
  revoked_at bigint,
  PRIMARY KEY (site, key)
);
CREATE INDEX api_key_hash ON api_key (hash);
CREATE TABLE idempotency (
  site     text NOT NULL,
  key      text NOT NULL,
  route    text NOT NULL,
  idem     text NOT NULL,
  body_mac bytea NOT NULL,    -- HMAC-SHA-256 of the body under the caller's own secret, which is not at rest here
  entry_id bytea NOT NULL,    -- the act's entry: a repeated answer is rebuilt from it, so no answer is stored
  made_at  bigint NOT NULL,
  PRIMARY KEY (site, key, route, idem)
);
CREATE INDEX idempotency_age ON idempotency (site, made_at);
