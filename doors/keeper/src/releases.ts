import {
  type Bytes,
  canonicalBytes,
  type Instant,
  instant,
  type JsonObject,
  Refusal,
  rfc3339,
  utf8,
} from '@visor/record';
import type { ReleaseArgument, ShownArgument } from './arguments.ts';
import { open, seal, subKey } from './cipher.ts';
import { type Core, decisionKey, remember } from './core.ts';
import { type Count, countName } from './memory.ts';
import { checkShown } from './shown.ts';
import { openPersonal, openPersonKey } from './wraps.ts';

const MINUTE_MS = 60_000;
/** How long a minute that is over may stay unshown before the keeper releases nothing more for the site. */
const GRACE_MINUTES = 5;
const MOST_NUMBERS = 10_000; // of one minute

const nameOf = (of: ReleaseArgument): string => `${of.site}|${of.key.person}|${of.purpose}|${of.consent}|${of.version}`;

/** The consent secret of what is asked for. */
function secretOf(core: Core, of: ReleaseArgument): Bytes {
  const personKey = openPersonKey(core, of.site, of.key);
  const at = { site: of.site, person: of.key.person, serial: of.key.serial };
  return openPersonal(personKey, of.secret, { ...at, what: { consent: of.consent } });
}

/**
 * One purpose key for one (site, person, purpose, consent), and the key that the rotation secret is wrapped under.
 * @throws Refusal `vault.releases-unshown`, `keeper.serial.dead`, `vault.sealed`
 */
export function release(core: Core, of: ReleaseArgument) {
  refuseUnshown(core, of.site);
  const secret = secretOf(core, of);
  return {
    number: numberOf(core, of.site),
    purposeKey: subKey(secret, `purpose|${nameOf(of)}`),
    rotationKey: subKey(secret, `rotation|${of.version}`),
  };
}

type PictureArgument = ReleaseArgument & { readonly face: string };

const pictureKey = (core: Core, of: PictureArgument): Bytes =>
  subKey(secretOf(core, of), `picture|${nameOf(of)}|${of.face}`);
const pictureAad = (of: PictureArgument): Bytes => utf8(`visor/picture key/1|${of.face}`);

/**
 * Wraps the key of a picture that was just sealed. Wrapping gives nothing away; unwrapping is `unwrapPicture`, which
 * the keeper does for an intended opening alone, so that what is released for a verification opens no picture.
 */
export const wrapPicture = (core: Core, of: PictureArgument & { picture: Bytes }): Bytes =>
  seal(pictureKey(core, of), of.picture, pictureAad(of));

/** The key itself; the caller counts it with `numberOf` when it gives it away. @throws as `release` */
export function unwrapPicture(core: Core, of: PictureArgument & { picture: Bytes }): Bytes {
  refuseUnshown(core, of.site);
  const key = open(pictureKey(core, of), of.picture, pictureAad(of));
  if (key === undefined) throw new Refusal('vault.sealed', { what: 'picture' });
  return key;
}

const minuteOf = (core: Core): number => Math.floor(core.now() / MINUTE_MS);

/** Counts one release and names it. */
export function numberOf(core: Core, site: string): { boot: string; count: number } {
  core.fresh.released += 1;
  const number = core.fresh.released;
  const minute = minuteOf(core);
  const name = countName({ site, minute, boot: core.boot });
  const before = core.memory.counts.get(name);
  core.memory.counts.set(name, {
    ...{ site, minute, boot: core.boot, last: number },
    released: (before?.released ?? 0) + 1,
    first: before?.first ?? number,
  });
  core.fresh.counts.add(name);
  const numbers = core.fresh.numbers.get(name) ?? [];
  if (numbers.length < MOST_NUMBERS) numbers.push(number);
  core.fresh.numbers.set(name, numbers);
  return { boot: core.boot, count: number };
}

/** Looked up once a minute and site: within a minute nothing gets too old that was not before. */
function refuseUnshown(core: Core, site: string): void {
  const now = minuteOf(core);
  if (core.fresh.allShown.get(site) === now) return;
  for (const counted of core.memory.counts.values()) {
    if (counted.site === site && counted.minute < now - GRACE_MINUTES) {
      throw new Refusal('vault.releases-unshown', { minute: minuteText(counted.minute) });
    }
  }
  core.fresh.allShown.set(site, now);
}

const minuteText = (minute: number): string => rfc3339(minuteStart(minute));
const minuteStart = (minute: number): Instant => instant(minute * MINUTE_MS);

/** What the signature of a count is over, and what its entry must say in the field `released`. */
function statement(counted: Count): JsonObject {
  const { site, minute, released, boot, first, last } = counted;
  return { visor: 'releases/1', site, minute: minuteText(minute), released, boot, first, last };
}

/** The minutes that are over and were not shown yet, each signed by its site's decision key. */
export function counts(core: Core) {
  const now = minuteOf(core);
  return [...core.memory.counts.values()]
    .filter(({ minute }) => minute < now)
    .map((counted) => ({
      ...counted,
      numbers: core.fresh.numbers.get(countName(counted)) ?? [],
      signature: decisionKey(core, counted.site).sign(canonicalBytes(statement(counted))),
    }));
}

/**
 * Takes note that a count was entered. Only the entry that says this very count will do.
 * @throws Refusal `keeper.opening.proof`
 */
export async function showCount(
  core: Core,
  of: { site: string; minute: number; boot: string; counted: ShownArgument },
): Promise<void> {
  const name = countName(of);
  const held = core.memory.counts.get(name);
  if (held === undefined) return; // shown before
  const shown = checkShown(core, of.site, of.counted);
  const said = shown.values.get(0);
  const right =
    shown.kind === 'release.counted' &&
    said?.['minute'] === minuteText(held.minute) &&
    isSame(said['released'], { boot: held.boot, count: held.released, first: held.first, last: held.last });
  if (!right) throw new Refusal('keeper.opening.proof', { what: 'count' });
  core.fresh.counts.delete(name);
  core.fresh.numbers.delete(name);
  remember(core, { is: 'shown', count: name });
  await core.journal.synced();
}

function isSame(said: unknown, held: { [name: string]: string | number }): boolean {
  if (typeof said !== 'object' || said === null) return false;
  const members: Readonly<Record<string, unknown>> = { ...said };
  return Object.entries(held).every(([name, value]) => members[name] === value);
}
