/** Readers for what the server asks: each answers the typed value or refuses, naming the member and never its value. */
import { type Bytes, type IdPrefix, isId, type Json, type JsonObject, Refusal } from '@visor/record';

export type Reader<T> = (value: unknown, at: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

const bad = (at: string): Refusal => new Refusal('request.body', { at });

export const yesNo: Reader<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw bad(at);
  return value;
};

export const whole =
  (least: number, most: number): Reader<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) throw bad(at);
    return value;
  };

export const bytes =
  (least: number, most = least): Reader<Bytes> =>
  (value, at) => {
    if (!(value instanceof Uint8Array) || value.length < least || value.length > most) throw bad(at);
    return value;
  };

export const words =
  (pattern: RegExp, most: number): Reader<string> =>
  (value, at) => {
    if (typeof value !== 'string' || value.length > most || !pattern.test(value)) throw bad(at);
    return value;
  };

export const id =
  (prefix: IdPrefix): Reader<string> =>
  (value, at) => {
    if (typeof value !== 'string' || !isId(prefix, value)) throw bad(at);
    return value;
  };

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value, at) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw bad(at);
    return found;
  };

export const list =
  <T>(item: Reader<T>, most: number): Reader<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > most) throw bad(at);
    return value.map((one) => item(one, at));
  };

type Members<S> = { readonly [K in keyof S]: Read<S[K]> };

/** Exactly these members, no more and no fewer. */
export const members =
  <S extends { readonly [name: string]: Reader<unknown> }>(shape: S): Reader<Members<S>> =>
  (value, at) => {
    if (!isMembers(value)) throw bad(at);
    const out: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(shape)) {
      if (!Object.hasOwn(value, name)) throw bad(name);
      out[name] = reader(value[name], name);
    }
    if (Object.keys(value).length !== Object.keys(shape).length) throw bad(at);
    return out as Members<S>; // every member went through its own reader above
  };

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

export const either =
  <A, B>(tell: (value: Readonly<Record<string, unknown>>) => boolean, a: Reader<A>, b: Reader<B>): Reader<A | B> =>
  (value, at) => {
    if (!isMembers(value)) throw bad(at);
    return tell(value) ? a(value, at) : b(value, at);
  };

/** JSON values only: no bytes anywhere inside. */
export const json: Reader<Json> = (value, at) => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number')
    return value;
  if (Array.isArray(value)) return value.map((one) => json(one, at));
  if (!isMembers(value)) throw bad(at);
  return jsonObject(value, at);
};

export const jsonObject: Reader<JsonObject> = (value, at) => {
  if (!isMembers(value)) throw bad(at);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, json(member, at)]));
};

/** A number from 0 on, not always whole. */
export const amount: Reader<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw bad(at);
  return value;
};
