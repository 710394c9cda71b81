-- Why: people, what they agreed to, and their sealed faces need a place; what stands here is ids, states, wrapped keys,
--   sealed bytes and times, so that a copy of these tables names nobody and opens nothing.
-- Changes: new tables site_keys, group_key, person, purpose, consent, consent_secret, face, verification, opening,
--   erasure, pending_burn, released.
-- Takes: no time; nothing is locked that exists.
-- Note: rows name the key generation that their outermost wrap is under, so that a generation can end when none does.
-- Undo: DROP TABLE released, pending_burn, erasure, opening, verification, face, consent_secret, consent, purpose,
--   person, group_key, site_keys.
CREATE TABLE site_keys (
  site text PRIMARY KEY,
  origin text NOT NULL,
  decision_key bytea NOT NULL CHECK (octet_length(decision_key) = 32),
  generation integer NOT NULL,
  switched_at bigint,
  rewrapped integer NOT NULL,
  ending integer NOT NULL,
  ending_waived boolean NOT NULL,
  ended integer NOT NULL,
  made_at bigint NOT NULL
);
CREATE TABLE group_key (
  site text NOT NULL,
  of text NOT NULL CHECK (of IN ('organisation', 'actor', 'case')),
  owner text NOT NULL,
  generation integer NOT NULL,
  wrap bytea NOT NULL,
  PRIMARY KEY (site, of, owner)
);
CREATE TABLE person (
  site text NOT NULL,
  person text NOT NULL,
  state text NOT NULL CHECK (state IN ('living', 'erased')),
  serial integer NOT NULL,
  changes integer NOT NULL,
  generation integer,
  key_id bytea NOT NULL,
  wrap bytea,
  group_wrap bytea,
  filing_wrap bytea,
  tag bytea,
  mark bytea,
  made_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (site, person),
  CONSTRAINT person_state CHECK ((state = 'erased') = (wrap IS NULL) AND (wrap IS NULL) = (generation IS NULL)
    AND (wrap IS NULL) = (group_wrap IS NULL) AND (wrap IS NULL) = (filing_wrap IS NULL)
    AND (wrap IS NULL) = (tag IS NULL) AND (wrap IS NOT NULL OR mark IS NULL))
);
CREATE UNIQUE INDEX person_mark ON person (site, mark) WHERE mark IS NOT NULL;
CREATE INDEX person_tag ON person (site, tag) WHERE tag IS NOT NULL;
CREATE INDEX person_generation ON person (site, generation) WHERE generation IS NOT NULL;
CREATE TABLE purpose (
  site text NOT NULL,
  purpose text NOT NULL,
  name text NOT NULL,
  picture_kept boolean NOT NULL,
  days integer NOT NULL,
  asserted boolean NOT NULL,
  far double precision NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (site, purpose)
);
CREATE UNIQUE INDEX purpose_name ON purpose (site, name);
CREATE TABLE consent (
  site text NOT NULL,
  consent text NOT NULL,
  person text NOT NULL,
  purpose text NOT NULL,
  notice text NOT NULL,
  level text NOT NULL CHECK (level IN ('asserted', 'captured', 'signed')),
  state text NOT NULL CHECK (state IN ('given', 'withdrawn', 'erased')),
  given_at bigint NOT NULL,
  ends_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (site, consent)
);
CREATE UNIQUE INDEX consent_living ON consent (site, person, purpose) WHERE state = 'given';
CREATE INDEX consent_person ON consent (site, person, consent);
CREATE INDEX consent_end ON consent (site, ends_at) WHERE state = 'given';
CREATE TABLE consent_secret (
  site text NOT NULL,
  person text NOT NULL,
  consent text NOT NULL,
  serial integer NOT NULL,
  wrap bytea NOT NULL,
  PRIMARY KEY (site, person, consent)
);
CREATE TABLE face (
  site text NOT NULL,
  face text NOT NULL,
  person text NOT NULL,
  purpose text NOT NULL,
  consent text NOT NULL,
  state text NOT NULL CHECK (state IN ('sealed', 'gone')),
  model text NOT NULL,
  version integer NOT NULL,
  pictures integer NOT NULL,
  picture_kept boolean NOT NULL,
  rotation bytea,
  sealed bytea,
  picture bytea,
  picture_key bytea,
  made_at bigint NOT NULL,
  ended_at bigint,
  PRIMARY KEY (site, face),
  CONSTRAINT face_state CHECK ((state = 'gone') = (sealed IS NULL) AND (sealed IS NULL) = (rotation IS NULL)
    AND (sealed IS NOT NULL OR picture IS NULL) AND (picture IS NULL) = (picture_key IS NULL))
);
CREATE UNIQUE INDEX face_living ON face (site, consent) WHERE state = 'sealed';
CREATE INDEX face_person ON face (site, person, face);
ALTER TABLE face ALTER COLUMN picture SET STORAGE EXTERNAL;
CREATE TABLE verification (
  site text NOT NULL,
  verification text NOT NULL,
  person text NOT NULL,
  purpose text NOT NULL,
  consent text NOT NULL,
  decision text NOT NULL CHECK (decision IN ('accept', 'refuse')),
  made_at bigint NOT NULL,
  PRIMARY KEY (site, verification)
);
CREATE INDEX verification_person ON verification (site, person, verification);
CREATE TABLE opening (
  site text NOT NULL,
  opening text NOT NULL,
  person text NOT NULL,
  face text NOT NULL,
  purpose text NOT NULL,
  consent text NOT NULL,
  state text NOT NULL CHECK (state IN ('intended', 'done')),
  made_at bigint NOT NULL,
  done_at bigint,
  PRIMARY KEY (site, opening)
);
CREATE TABLE erasure (
  site text NOT NULL,
  erasure text NOT NULL,
  person text NOT NULL,
  key_id bytea NOT NULL,
  generation integer NOT NULL,
  faces integer NOT NULL,
  consents integer NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (site, erasure)
);
-- What the keeper must be told once more if nobody knows that it was told.
CREATE TABLE pending_burn (
  site text NOT NULL,
  person text NOT NULL,
  below integer NOT NULL,
  erased boolean NOT NULL,
  PRIMARY KEY (site, person, below, erased)
);
-- The releases that acts of this house carry in their entries, until they were counted against the keeper's own count.
CREATE TABLE released (
  site text NOT NULL,
  boot text NOT NULL,
  count bigint NOT NULL,
  made_at bigint NOT NULL,
  PRIMARY KEY (site, boot, count)
);
