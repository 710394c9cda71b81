/** Holds every source file to the plan: whom it may import, and what it may touch. */
import { touchesIn } from './globals.ts';
import { type Import, importsIn } from './imports.ts';
import { type Breach, entranceOf, floorOf, type Manifest, type Plan, type SourceFile } from './plan.ts';
import { type Place, packageOf, wrongImport } from './room-imports.ts';
import { parseSource, type Syntax } from './syntax.ts';

export interface House {
  readonly plan: Plan;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly files: readonly SourceFile[];
}

export function breachesOfRooms(house: House): Breach[] {
  return [...house.files.flatMap((file) => breachesIn(house, file)), ...breachesOfPlan(house)];
}

function breachesIn(house: House, file: SourceFile): Breach[] {
  const at = (line: number, says: string | undefined): Breach[] => (says ? [{ file: file.path, line, says }] : []);
  if (file.path.startsWith('tools/')) return breachesInTool(house, file);
  const place = placeOf(house, file.path);
  if (typeof place === 'string') return at(1, place);
  const syntax = parseSource(file);
  const { found, unreadable } = importsIn(syntax);
  return [
    ...unreadable.flatMap(({ line, says }) => at(line, says)),
    ...found.flatMap((one) => at(one.line, wrongImport(place, one))),
    ...(place.isTest ? [] : powersTaken(place, { syntax, found })),
  ];
}

function powersTaken(place: Place, { syntax, found }: { syntax: Syntax; found: readonly Import[] }): Breach[] {
  const held = place.plan.powers[place.entrance] ?? [];
  const breach = (line: number, says: string): Breach => ({ file: place.path, line, says });
  const breaches: Breach[] = [];
  for (const one of found) breaches.push(...wrongModule(place, one).map((says) => breach(one.line, says)));
  for (const { line, name, power } of touchesIn(place.plan, syntax)) {
    if (!power) breaches.push(breach(line, `${name} is not for any room`));
    else if (!held.includes(power)) breaches.push(breach(line, `${name} needs the power "${power}"`));
  }
  return breaches;
}

/** A module of Node is a power by itself, or name by name; one that nobody listed is refused. */
function wrongModule({ plan, entrance }: Place, { target, names, typeOnly }: Import): string[] {
  if (!target.startsWith('node:')) return [];
  const listed = plan.modules[target];
  if (!listed) return [`${target} is no one's power`];
  if (typeOnly) return [];
  const held = plan.powers[entrance] ?? [];
  if (Array.isArray(listed)) {
    return listed.filter((power) => !held.includes(power)).map((power) => `${target} needs the power "${power}"`);
  }
  const byName = new Map(Object.entries(listed));
  return names.flatMap((name) => {
    const power = byName.get(name);
    if (!power) return [`${name} of ${target} is no one's power: take what is needed by its name`];
    return held.includes(power) ? [] : [`${name} of ${target} needs the power "${power}"`];
  });
}

/** Where a file stands, or why it stands nowhere. */
function placeOf({ plan, manifests }: House, path: string): Place | string {
  const [shelf, room = '', part] = path.split('/');
  if (floorOf(plan, room) === undefined) return `${room} is not in rooms.json`;
  if (!path.endsWith('.ts')) return 'the source of a room is TypeScript';
  const folder = `${shelf}/${room}`;
  if (!manifests.has(folder)) return `${folder} has no package.json`;
  if (part !== 'src' && part !== 'test') return 'source lies in src/ or in test/';
  const isTest = part === 'test';
  const entrance = entranceOf(plan, path);
  if (!isTest && !plan.powers[entrance]) return `it belongs to no entrance of ${room} that rooms.json lists`;
  return { plan, manifests, path, folder, room, entrance, isTest };
}

/** Benches, long runs and checks may touch anything, but they enter a room by its entrance like everybody. */
function breachesInTool({ manifests }: House, file: SourceFile): Breach[] {
  const entrances = new Set(
    [...manifests.values()].flatMap(({ name, exports = {} }) => Object.keys(exports).map((key) => name + key.slice(1))),
  );
  return importsIn(parseSource(file)).found.flatMap(({ target, line }) => {
    const says = wrongInTool(file.path, target, entrances);
    return says === undefined ? [] : [{ file: file.path, line, says }];
  });
}

function wrongInTool(path: string, target: string, entrances: ReadonlySet<string>): string | undefined {
  if (path.startsWith('tools/boot/') && !/^(node:|\.\/)/.test(target))
    return `${target} is not there yet when the boot runs`;
  if (target.startsWith('.') && /(^|\/)(rooms|doors|fixtures)\//.test(target)) return `${target} reaches into a room`;
  return target.startsWith('@visor/') && !entrances.has(target) ? `${target} is not an entrance` : undefined;
}

/** What is on a floor is there, what is there is on a floor, and every entrance has its powers. */
function breachesOfPlan({ plan, manifests }: House): Breach[] {
  const says: string[] = [];
  const rooms = [...manifests].filter(([folder]) => folder !== '.');
  for (const room of plan.floors.flat()) {
    if (!rooms.some(([folder]) => folder.endsWith(`/${room}`))) says.push(`${room} is on a floor but has no folder`);
  }
  const used = new Set(
    rooms.flatMap(([, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies }),
    ),
  );
  for (const target of Object.keys(plan.packages)) {
    if (!used.has(packageOf(target))) says.push(`${target} is listed among the npm packages but no room uses it`);
  }
  for (const [folder, { exports = {} }] of rooms) {
    if (floorOf(plan, folder.split('/')[1]!) === undefined) says.push(`${folder} is on no floor`);
    for (const target of Object.values(exports)) {
      const entrance = entranceOf(plan, `${folder}/${target.replace(/^\.\//, '')}`);
      if (!plan.powers[entrance]) says.push(`${folder}/package.json opens ${target}, whose powers are not listed`);
    }
  }
  return says.map((one) => ({ file: 'rooms.json', line: 1, says: one }));
}
