import { newId, type Random, Refusal } from '@visor/record';
import type { Database, SqlPart } from '@visor/storage';

export interface SiteRow {
  readonly site: string;
  readonly origin: string;
  readonly name: string;
  readonly kind: 'house' | 'site';
}

/** A log's origin is fixed with its first entry: prefix, a random name, and the number of the log. */
export const newSite = (prefix: string, random: Random): { site: string; origin: string } => {
  const site = newId('sit', random);
  return { site, origin: `${prefix}${site.slice('sit_'.length)}/1` };
};

export const sitePart = (row: SiteRow, at: number): SqlPart => ({
  name: 'site_made',
  text: `INSERT INTO site (site, origin, name, kind, made_at, state) SELECT $1, $2, $3, $4, $5, 'living' FROM guard RETURNING 1`,
  values: [row.site, row.origin, row.name, row.kind, at],
});

export async function allSites(db: Database): Promise<readonly SiteRow[]> {
  return db.query<SiteRow>({
    text: `SELECT site, origin, name, kind FROM site WHERE state = 'living' ORDER BY site
           /* every site: the house's own jobs, its anchor card and its check go over all of them */`,
  });
}

/** @throws Refusal `request.not-found` */
export async function siteOf(db: Database, site: string): Promise<SiteRow> {
  const rows = await db.query<SiteRow>({
    text: 'SELECT site, origin, name, kind FROM site WHERE site = $1',
    values: [site],
  });
  if (rows[0] === undefined) throw new Refusal('request.not-found');
  return rows[0];
}
