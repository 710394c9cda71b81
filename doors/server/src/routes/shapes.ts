import { Refusal } from '@visor/record';
import { z } from 'zod';

/** The shapes that several routes share; every object is strict, every text and list bounded. */
export const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-z]{26}$`));

export const person = id('per');
export const purpose = id('pur');
export const consent = id('con');
export const face = id('fac');
export const verification = id('ver');

/** Ids as they look, for the examples of the routes; they name nothing. */
export const EXAMPLE = {
  person: 'per_01k2m9q4x8w1c5v3b6n0z7r2t4',
  purpose: 'pur_01k2m9q4x8w1c5v3b6n0z7r2t4',
  face: 'fac_01k2m9q4x8w1c5v3b6n0z7r2t4',
  picture: '/9j/4AAQSkZJRg==',
} as const;

export const nothing = z.strictObject({});
const after = z
  .string()
  .regex(/^[a-z]{3}_[0-9a-z]{26}$/)
  .optional();
const limit = z.coerce.number().int().min(1).max(100).default(50);
/** `person` may be named where a list is of things that a person has. */
export const pageOf = (aPersons: boolean) =>
  z.strictObject({ after, limit, person: aPersons ? person.optional() : z.undefined().optional() });

export const MOST_PICTURE = 8 * 1024 * 1024;
const picture = z
  .string()
  .min(4)
  .max(Math.ceil(MOST_PICTURE / 3) * 4);

/** Pictures travel as base64, in its one spelling. */
export const oneFace = z.strictObject({ person, purpose, picture });
export const someFaces = z.strictObject({
  person,
  purpose,
  pictures: z.array(picture).min(1).max(5),
  replace: z.boolean().optional(),
});

export const SMALL_BODY = 16 * 1024;
export const PICTURE_BODY = Math.ceil(MOST_PICTURE / 3) * 4 + 4_096;
export const PICTURES_BODY = 24 * 1024 * 1024;

/** Node's decoder takes any spelling; a picture must have the one that it is written back in. */
export function pictureOf(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== base64)
    throw new Refusal('request.body', { at: 'picture', problem: 'base64' });
  return bytes;
}
