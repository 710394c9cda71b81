/** The parts named "living": the one row that an act hangs on, as it was when the act was prepared. */
import type { SqlPart } from '@visor/storage';
import type { PersonRow } from './key-rows.ts';

export const livingSite = (site: string): SqlPart => ({
  name: 'living',
  text: 'SELECT 1 AS one FROM site_keys WHERE site = $1',
  values: [site],
});

/** The site, unless it has begun a newer generation than the one that a new row would be wrapped under. */
export const livingGeneration = (site: string, generation: number): SqlPart => ({
  name: 'living',
  text: 'SELECT 1 AS one FROM site_keys WHERE site = $1 AND generation <= $2::integer',
  values: [site, generation],
});

/** Locks the person's row and no other; a withdrawal or erasure that came in between leaves none. */
export const livingPerson = (site: string, { person, serial }: PersonRow): SqlPart => ({
  name: 'living',
  text: `SELECT 1 AS one FROM person WHERE site = $1 AND person = $2 AND serial = $3 AND state = 'living'
    FOR NO KEY UPDATE`,
  values: [site, person, serial],
});

/** The same, and nothing was hung on the person since: what is done to all that hangs there must not miss any. */
export const unchangedPerson = (site: string, { person, serial, changes }: PersonRow): SqlPart => ({
  name: 'living',
  text: `SELECT 1 AS one FROM person WHERE site = $1 AND person = $2 AND serial = $3 AND changes = $4
    AND state = 'living' FOR NO KEY UPDATE`,
  values: [site, person, serial, changes],
});

/** Says that something was hung on the person, where the part `made` has a row. */
export const personChanged = (site: string, person: string, made: string): SqlPart => ({
  name: 'person_changed',
  text: `UPDATE person SET changes = changes + 1 FROM ${made} WHERE site = $1 AND person = $2 RETURNING 1`,
  values: [site, person],
});
