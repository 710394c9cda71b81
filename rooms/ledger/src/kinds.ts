/**
 * Every kind of entry and the fixed names of its fields, group by group. A name, its place and a kind are never changed
 * or reused: a place is part of what was committed to. A new field goes to the end of its list.
 * `docs/entries.md` explains each one.
 */
import { Refusal } from '@visor/record';

/** The fixed places of the eight groups; 5 to 7 are decoys until something needs them. */
export const SLOTS = { organisation: 0, subject: 1, actor: 2, third: 3, case: 4 } as const;
export const SLOT_COUNT = 8;

interface KindFields {
  readonly organisation: readonly string[]; // after the ones that all kinds have
  readonly subject?: readonly string[];
}

/** Fields that the organisation's group has in every kind, before those of the kind itself. */
export const ORGANISATION_FIELDS = ['act', 'at', 'by', 'role', 'producer', 'voids'] as const;
/** Fields of the actor's group, in every kind that somebody did. */
export const ACTOR_FIELDS = ['name', 'device'] as const;

export const KINDS = {
  'site.created': { organisation: ['site'] },
  'key.created': { organisation: ['key', 'scopes'] },
  'person.created': { organisation: [], subject: ['person', 'reference'] },
  'purpose.created': { organisation: ['purpose', 'name', 'picture_kept', 'days', 'asserted', 'far'] },
  'consent.given': { organisation: [], subject: ['person', 'consent', 'purpose', 'notice', 'level'] },
  'consent.withdrawn': {
    organisation: ['person_key', 'horizon'],
    subject: ['person', 'consent', 'purpose', 'notice', 'level'],
  },
  'face.enrolled': {
    organisation: ['release'],
    subject: ['person', 'face', 'purpose', 'consent', 'model', 'pictures', 'quality'],
  },
  'face.renewed': { organisation: ['release'], subject: ['person', 'face', 'purpose', 'consent', 'model'] },
  'face.refused': { organisation: ['cause'], subject: ['person', 'purpose', 'cause'] },
  'verification.decided': {
    organisation: ['release'],
    subject: [
      'person',
      'verification',
      'purpose',
      'consent',
      'decision',
      'reasons',
      'score_band',
      'presence',
      'threshold',
      'model',
    ],
  },
  'open.intended': { organisation: [], subject: ['person', 'opening', 'purpose', 'consent', 'what', 'reason'] },
  'open.done': { organisation: ['release'], subject: ['person', 'opening', 'purpose', 'consent', 'what', 'reason'] },
  'person.erased': { organisation: ['person_key', 'horizon', 'faces', 'consents'], subject: ['person'] },
  'entries.read': { organisation: ['count'], subject: ['person'] },
  'bundle.made': { organisation: ['bundle', 'entries'] },
  'key.generation.begun': { organisation: ['generation'] },
  'key.generation.ended': { organisation: ['generation', 'rewrapped', 'waived'] },
  'key.backup.made': { organisation: ['expires'] },
  'release.counted': { organisation: ['minute', 'released', 'unmatched'] },
  'requests.refused': { organisation: ['cause', 'count', 'minute'] },
  'house.started': { organisation: ['version', 'repaired'] },
  'key.revoked': { organisation: ['key'] },
} as const satisfies Readonly<Record<string, KindFields>>;

export type Kind = keyof typeof KINDS;

/** Kinds that the space kept free on a full disk is for: what people are owed however full the disk is. */
export const URGENT_KINDS: readonly Kind[] = ['consent.withdrawn', 'person.erased', 'key.generation.ended'];

export const isKind = (value: unknown): value is Kind => typeof value === 'string' && Object.hasOwn(KINDS, value);

/**
 * The names of the fields of one group, place 0 (`kind`) first; undefined where the kind does not use the slot.
 * @throws Refusal `ledger.entry.kind`
 */
export function fieldNames(kind: string, slot: number): readonly string[] | undefined {
  if (!isKind(kind)) throw new Refusal('ledger.entry.kind', { length: kind.length });
  const fields: KindFields = KINDS[kind];
  if (slot === SLOTS.organisation) return ['kind', ...ORGANISATION_FIELDS, ...fields.organisation];
  if (slot === SLOTS.subject) return fields.subject === undefined ? undefined : ['kind', ...fields.subject];
  if (slot === SLOTS.actor) return ['kind', ...ACTOR_FIELDS];
  return undefined;
}
