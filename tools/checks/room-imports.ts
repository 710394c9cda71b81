/** Who may import whom: down the floors, through an entrance, declared, and never by path. */
import { posix } from 'node:path';
import type { Import } from './imports.ts';
import { entranceOf, floorOf, type Manifest, type Plan } from './plan.ts';

export interface Place {
  readonly plan: Plan;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly path: string; //     of the file
  readonly folder: string; //   "rooms/ledger"
  readonly room: string; //     "ledger"
  readonly entrance: string; // "ledger/store"
  readonly isTest: boolean;
}

const OURS = '@visor/';

export function wrongImport(place: Place, found: Import): string | undefined {
  if (found.target.startsWith('node:')) return undefined; // a matter of powers
  if (found.target.startsWith('.') || found.target.startsWith('/')) return wrongPath(place, found);
  const name = packageOf(found.target);
  if (name === place.manifests.get(place.folder)?.name) return wrongSelf(place, found.target);
  if (!isDeclared(place, name)) return `${name} is not among its dependencies`;
  return name.startsWith(OURS) ? wrongRoom(place, found) : wrongPackage(place, found);
}

function wrongPath({ plan, path, folder, entrance, isTest }: Place, { target, typeOnly }: Import): string | undefined {
  const reached = target.startsWith('/') ? target : posix.join(posix.dirname(path), target);
  if (!reached.startsWith(`${folder}/`)) return `${target} reaches into another room`;
  const inside = reached.slice(folder.length + 1);
  if (isTest)
    return inside.startsWith('test/')
      ? undefined
      : `${target} reaches past the entrance: a test imports the room by name`;
  if (inside.endsWith('.json')) return undefined;
  if (!inside.startsWith('src/')) return `${target} is not source of this room`;
  const other = entranceOf(plan, reached);
  return typeOnly || !hasMore(plan, entrance, other)
    ? undefined
    : `${target} belongs to ${other}, which may touch more`;
}

/** An entrance without a power must not get it from the entrance next door. */
function hasMore(plan: Plan, entrance: string, other: string): boolean {
  return (plan.powers[other] ?? []).some((power) => !plan.powers[entrance]?.includes(power));
}

function wrongSelf({ manifests, folder, isTest }: Place, target: string): string | undefined {
  if (!isTest) return `${target} imports its own room by name`;
  return hasEntrance(manifests.get(folder)!, target) ? undefined : `${target} is not an entrance`;
}

function wrongRoom(place: Place, { target, typeOnly }: Import): string | undefined {
  const { plan, manifests, room, entrance, isTest } = place;
  const [, name = '', ...deeper] = target.split('/');
  const wanted = [...manifests].find(([, manifest]) => manifest.name === OURS + name);
  if (!wanted) return `${target} is not in this house`;
  if (!hasEntrance(wanted[1], target)) return `${target} is not an entrance of ${name}`;
  if (isTest && wanted[0].startsWith('fixtures/')) return undefined; // people to try things on, whatever the floor
  if (!((floorOf(plan, name) ?? Number.POSITIVE_INFINITY) < (floorOf(plan, room) ?? -1)))
    return `${room} may not stand on ${name}`;
  if (isTest) return undefined;
  const other = [name, ...deeper].join('/');
  const allowed = plan.stands[entrance];
  if (allowed && !allowed.includes(other)) return `${entrance} stands on ${allowed.join(', ')} and nothing else`;
  const pure = plan.powers[entrance]?.length === 0 && !typeOnly;
  return pure && hasMore(plan, entrance, other) ? `${entrance} has no power and ${other} has` : undefined;
}

function wrongPackage({ plan, entrance, isTest }: Place, { target, typeOnly }: Import): string | undefined {
  if (isTest || typeOnly) return undefined;
  if (plan.stands[entrance]) return `${entrance} uses no npm package`;
  const powers = plan.packages[target];
  if (!powers) return `${target} is an npm package whose powers rooms.json does not list`;
  const missing = powers.filter((power) => !plan.powers[entrance]?.includes(power));
  return missing.length === 0 ? undefined : `${target} needs the power "${missing.join('", "')}"`;
}

function hasEntrance(manifest: Manifest, target: string): boolean {
  return `.${target.slice(manifest.name.length)}` in (manifest.exports ?? {});
}

/** `sharp` of `sharp/lib/x.js`, `@visor/case` of `@visor/case/bundle`. */
export function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function isDeclared({ manifests, folder, isTest }: Place, name: string): boolean {
  const own = manifests.get(folder);
  const lists = [own?.dependencies, own?.optionalDependencies];
  if (isTest) lists.push(own?.devDependencies, manifests.get('.')?.devDependencies);
  return lists.some((list) => list && name in list);
}
