/** The shapes of what the server hands in, shared by the operations. */
import * as shape from './shape.ts';

export const WRAP = shape.bytes(60); // nonce 12 | key 32 | tag 16
export const KEY = shape.bytes(32);
export const ENTRY_ID = shape.bytes(16);
export const SITE = shape.id('sit');
export const PERSON = shape.id('per');
export const CONSENT = shape.id('con');
export const PURPOSE = shape.id('pur');
/** Opaque names of operators, API keys, cases: no spaces, nothing that could be a sentence. */
export const OWNER = shape.words(/^[A-Za-z0-9_.:@-]{0,64}$/, 64);
export const ORIGIN = shape.words(/^[!-~]{1,255}$/, 255);
export const SERIAL = shape.whole(1, 2 ** 31);
export const GENERATION = shape.whole(1, 2 ** 31);
export const COUNT = shape.whole(0, Number.MAX_SAFE_INTEGER);

export const PERSON_KEY = shape.members({ person: PERSON, serial: SERIAL, generation: GENERATION, wrap: WRAP });
export type PersonKeyArgument = shape.Read<typeof PERSON_KEY>;

const OWNED = shape.members({
  of: shape.oneOf('organisation', 'actor', 'case'),
  owner: OWNER,
  generation: GENERATION,
  wrap: WRAP,
});
const PERSONAL = shape.members({ of: shape.oneOf('person'), key: PERSON_KEY, group: WRAP });
export const GROUP_KEY = shape.either((value) => value['of'] === 'person', PERSONAL, OWNED);
export type GroupKeyArgument = shape.Read<typeof GROUP_KEY>;

const SLOT = shape.whole(0, 4);
export const GROUP = shape.members({ slot: SLOT, key: GROUP_KEY });
export type GroupArgument = shape.Read<typeof GROUP>;

export const RELEASE = {
  site: SITE,
  key: PERSON_KEY,
  consent: CONSENT,
  secret: WRAP,
  purpose: PURPOSE,
  version: shape.whole(1, 2 ** 31),
} as const;
export const FACE = shape.id('fac');
const RELEASE_MEMBERS = shape.members(RELEASE);
export type ReleaseArgument = shape.Read<typeof RELEASE_MEMBERS>;

export const SHOWN = shape.members({
  entry: ENTRY_ID,
  index: COUNT,
  leaf: shape.bytes(53),
  roots: shape.list(KEY, 8),
  size: COUNT,
  proof: shape.list(KEY, 64),
  checkpoint: shape.words(/^/, 16_384),
  kind: shape.words(/^[a-z.]{1,64}$/, 64),
  groups: shape.list(shape.members({ slot: SLOT, key: GROUP_KEY, values: shape.jsonObject }), 5),
});
export type ShownArgument = shape.Read<typeof SHOWN>;
