/** The plan of the house, as `rooms.json` states it. */
import { readFileSync } from 'node:fs';

/** `clock` reads the time, `wait` sets a timer: a room that waits must still be told what time it is. */
export const POWERS = ['network', 'files', 'processes', 'clock', 'wait', 'random', 'digest', 'cipher'] as const;
export type Power = (typeof POWERS)[number];

export interface Plan {
  /** Ground floor first; an import goes down, never up, never sideways. */
  readonly floors: readonly (readonly string[])[];
  /** Entrance ("ledger", "ledger/store") to what its source may touch. */
  readonly powers: Readonly<Record<string, readonly Power[]>>;
  /** Entrances that may stand on nothing but what is listed, npm packages included. */
  readonly stands: Readonly<Record<string, readonly string[]>>;
  /** A module of Node to the powers it is, or name by name. What is not listed is refused. */
  readonly modules: Readonly<Record<string, readonly Power[] | Readonly<Record<string, Power>>>>;
  /** An npm package, or one file of it, to what it lets its caller do. */
  readonly packages: Readonly<Record<string, readonly Power[]>>;
  readonly globals: Readonly<Record<string, Power>>;
  /** Globals that are refused everywhere, since they are a way round the names. */
  readonly nobody: readonly string[];
  /** Globals that are no power. */
  readonly everybody: readonly string[];
  /** Old breaches, one list a check; each only shrinks. */
  readonly owing: Readonly<Record<'rooms' | 'sizes' | 'words', readonly string[]>>;
}

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly says: string;
}

export interface SourceFile {
  readonly path: string; // from the root, with forward slashes
  readonly source: string;
}

export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readPlan(): Plan {
  return JSON.parse(readFileSync('rooms.json', 'utf8'));
}

export function floorOf(plan: Plan, room: string): number | undefined {
  const floor = plan.floors.findIndex((rooms) => rooms.includes(room));
  return floor < 0 ? undefined : floor;
}

/** The entrance that a source file belongs to: its room, or its room and the folder that is an entrance of its own. */
export function entranceOf(plan: Plan, path: string): string {
  const [, room = '', , folder = ''] = path.split('/');
  return `${room}/${folder}` in plan.powers ? `${room}/${folder}` : room;
}
