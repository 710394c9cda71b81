import { type Json, type JsonObject, Refusal } from '@visor/record';

/** Reading JSON that a stranger wrote: each function gives the value in its type or refuses with `bundle.manifest`. */
const wrong = (what: string): Refusal => new Refusal('bundle.manifest', { what });

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with exactly these members: one more would be something that nobody checks. */
export function members(value: Json | undefined, what: string, names: readonly string[]): JsonObject {
  if (!isObject(value)) throw wrong(what);
  const held = Object.keys(value);
  if (held.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) throw wrong(what);
  return value;
}

export function list(value: Json | undefined, what: string, most: number): readonly Json[] {
  if (!Array.isArray(value) || value.length > most) throw wrong(what);
  return value;
}

export function string(value: Json | undefined, what: string, most: number): string {
  if (typeof value !== 'string' || value.length > most) throw wrong(what);
  return value;
}

export function whole(value: Json | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(what);
  return value;
}
