import { type BundleEntry, type Damage, readDamagedEntries } from '@visor/case/bundle';
import type { Bytes } from '@visor/record';
import { type Language, type PlaceKey, sentence, type WordFacts } from './words.ts';

/** Where something is wrong, as closely as it is known. */
export interface Place {
  readonly what?: 'signature' | 'head' | 'proof' | 'whole' | 'shape';
  readonly file?: string; //  file inside the bundle
  readonly byte?: number; //  offset in the bundle, 0-based
  readonly log?: string; //   origin
  readonly size?: number; //  of the head
  readonly index?: number; // of the entry in its log
  readonly slot?: number; //  group of the entry
  readonly field?: string; // its name, or its place in the group where the name is not known
}

/** The place in words, from the outside in: `entries.json, byte 812, entry 3 of …, subject, field decision`. */
export function whereOf(language: Language, place: Place): string {
  const { what, file, byte, log, size, index, slot, field } = place;
  const parts: [PlaceKey, WordFacts][] = [];
  if (file !== undefined) parts.push(['place.file', { file }]);
  if (byte !== undefined) parts.push(['place.byte', { byte }]);
  if (log !== undefined && index !== undefined) parts.push(['place.entry', { log, index }]);
  if (slot !== undefined) parts.push([groupKey(slot), {}]);
  if (field !== undefined) parts.push(['place.field', { field }]);
  if (what !== undefined) parts.push([`place.${what}`, { log: log ?? '', size: size ?? '' }]);
  return parts.map(([key, facts]) => sentence(language, key, facts)).join(language === 'zh' ? '，' : ', ');
}

function groupKey(slot: number): PlaceKey {
  const keys: readonly PlaceKey[] = ['group.0', 'group.1', 'group.2', 'group.3', 'group.4'];
  return keys[slot] ?? 'group.other';
}

/** The damage of a container as a place; inside entries.json also the entry and field that the byte belongs to. */
export function placeOfDamage(bytes: Bytes, { byte, file, path }: Damage): Place {
  const outside: Place = { byte, ...(file === undefined ? {} : { file }) };
  const [position, part, ...rest] = path ?? [];
  if (file !== 'entries.json' || typeof position !== 'number') return outside;
  const found = readDamagedEntries(bytes)?.[position];
  const place = { ...outside, ...(found === undefined ? {} : { log: found.entry.log, index: found.entry.index }) };
  if (part === 'proof' || part === 'size') return { ...place, what: 'proof' };
  return { ...place, ...insideEntry(rest, found) };
}

function insideEntry([groups, slot, fields, at]: readonly (string | number)[], found: BundleEntry | undefined): Place {
  if (groups !== 'groups' || typeof slot !== 'number') return groups === undefined ? {} : { field: String(groups) };
  if (fields !== 'fields' || typeof at !== 'number') return { slot };
  const group = found?.entry.groups[slot];
  const name = group !== undefined && 'fields' in group ? group.fields[at]?.name : undefined;
  return { slot, field: name ?? String(at) };
}
