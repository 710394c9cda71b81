/** Every operation of the keeper: the shape of what is asked, and what does it. Anything else is refused unread. */
import { canonicalBytes, type JsonObject, Refusal } from '@visor/record';
import * as as from './arguments.ts';
import { backup, MOST_BACKUP, readBack } from './backups.ts';
import { burn } from './burn.ts';
import { type Core, decisionKey, settle } from './core.ts';
import { endGeneration, generations, rewrap, switchGeneration } from './generations.ts';
import { type Befores, heads, sign } from './heads.ts';
import { lookupMark, makeConsent, makeGroupKey, makePerson, makeSite, rekeyPerson } from './make-keys.ts';
import { releaseForOpening } from './openings.ts';
import { counts, release, showCount, wrapPicture } from './releases.ts';
import { readSeeds, writeSeeds } from './seeds.ts';
import * as shape from './shape.ts';
import type { Wire } from './wire.ts';

type Run = (core: Core, args: Wire) => Wire | Promise<Wire>;

const operation =
  <T>(read: shape.Reader<T>, run: (core: Core, args: T) => unknown): Run =>
  async (core, args) => {
    const answer = await run(core, read(args, 'arguments'));
    return (answer ?? null) as Wire; // data of our own making: the wire writes what is in it and refuses what it cannot
  };

const site = shape.members({ site: as.SITE });
const owned = shape.members({ site: as.SITE, of: shape.oneOf('organisation', 'actor', 'case'), owner: as.OWNER });
const secrets = shape.list(shape.members({ consent: as.CONSENT, secret: as.WRAP }), 10_000);
const rewrapRow = shape.either(
  (value) => value['of'] === 'person',
  shape.members({ of: shape.oneOf('person'), person: as.PERSON, serial: as.SERIAL, wrap: as.WRAP }),
  shape.members({ of: shape.oneOf('organisation', 'actor', 'case'), owner: as.OWNER, wrap: as.WRAP }),
);
const run = shape.members({ origin: as.ORIGIN, from: as.COUNT, leaves: shape.list(shape.bytes(53), 100_000) });

export function operationsOf(befores: Befores): ReadonlyMap<string, Run> {
  return new Map<string, Run>([...MAKING, ...USING, ...GENERATIONS, ...signing(befores)]);
}

const MAKING: readonly (readonly [string, Run])[] = [
  ['makeSite', operation(shape.members({ site: as.SITE, origin: as.ORIGIN }), makeSite)],
  ['makePerson', operation(shape.members({ site: as.SITE, person: as.PERSON }), makePerson)],
  ['makeConsent', operation(shape.members({ site: as.SITE, key: as.PERSON_KEY, consent: as.CONSENT }), makeConsent)],
  ['makeGroupKey', operation(owned, makeGroupKey)],
  [
    'rekeyPerson',
    operation(
      shape.members({ site: as.SITE, key: as.PERSON_KEY, group: as.WRAP, filing: as.WRAP, consents: secrets }),
      rekeyPerson,
    ),
  ],
  [
    'burn',
    operation(
      shape.list(shape.members({ site: as.SITE, person: as.PERSON, below: as.COUNT, erased: shape.yesNo }), 10_000),
      burn,
    ),
  ],
];

const USING: readonly (readonly [string, Run])[] = [
  ['writeSeeds', operation(shape.members({ site: as.SITE, groups: shape.list(as.GROUP, 5) }), writeSeeds)],
  [
    'readSeeds',
    operation(
      shape.members({
        site: as.SITE,
        actor: as.OWNER,
        groups: shape.list(shape.members({ entry: as.ENTRY_ID, slot: shape.whole(0, 4), key: as.GROUP_KEY }), 1000),
      }),
      readSeeds,
    ),
  ],
  ['release', operation(shape.members(as.RELEASE), release)],
  ['wrapPicture', operation(shape.members({ ...as.RELEASE, face: as.FACE, picture: as.KEY }), wrapPicture)],
  [
    'releaseForOpening',
    operation(shape.members({ ...as.RELEASE, face: as.FACE, picture: as.WRAP, opening: as.SHOWN }), releaseForOpening),
  ],
  [
    'lookupMark',
    operation(
      shape.members({ site: as.SITE, what: shape.words(/^[a-z]{1,32}$/, 32), value: shape.bytes(0, 4096) }),
      lookupMark,
    ),
  ],
  ['signDecision', operation(shape.members({ site: as.SITE, decision: shape.jsonObject }), signDecision)],
  ['counts', operation(shape.members({}), counts)],
  [
    'showCount',
    operation(
      shape.members({ site: as.SITE, minute: as.COUNT, boot: shape.words(/^[0-9a-f]{16}$/, 16), counted: as.SHOWN }),
      showCount,
    ),
  ],
];

const GENERATIONS: readonly (readonly [string, Run])[] = [
  ['generations', operation(site, (core, of) => generations(core, of.site))],
  ['switchGeneration', operation(site, (core, of) => switchGeneration(core, of.site))],
  [
    'rewrap',
    operation(shape.members({ site: as.SITE, from: as.GENERATION, rows: shape.list(rewrapRow, 10_000) }), rewrap),
  ],
  [
    'endGeneration',
    operation(
      shape.members({
        ...{ site: as.SITE, generation: as.GENERATION, waived: shape.yesNo },
        ...{ rowsLeft: as.COUNT, transactionsOpen: as.COUNT },
      }),
      endGeneration,
    ),
  ],
  ['backup', operation(shape.members({ expires: as.COUNT }), backup)],
  ['readBack', operation(shape.members({ bytes: shape.bytes(0, MOST_BACKUP) }), readBack)],
  ['publicKeys', operation(shape.members({}), (core) => ({ log: core.log.publicKey, filing: core.filingPublic }))],
  ['decisionKey', operation(site, (core, of) => decisionKey(core, of.site).publicKey)],
];

const signing = (befores: Befores): readonly (readonly [string, Run])[] => [
  [
    'sign',
    operation(shape.members({ lease: as.COUNT, logs: shape.list(run, 100_000) }), (core, batch) =>
      sign(core, befores, batch),
    ),
  ],
  ['heads', operation(shape.members({}), heads)],
  ['sync', operation(shape.members({}), settle)],
];

/** The site's decision key signs decisions of that site and nothing that could be taken for something else. */
function signDecision(core: Core, of: { site: string; decision: JsonObject }) {
  if (of.decision['visor'] !== 'decision/1' || of.decision['site'] !== of.site) {
    throw new Refusal('request.body', { at: 'decision' });
  }
  return decisionKey(core, of.site).sign(canonicalBytes(of.decision));
}
