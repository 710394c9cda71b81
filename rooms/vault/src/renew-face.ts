import type { SqlPart } from '@visor/storage';
import type { Call, Done } from './acts.ts';
import { carryOut } from './commit-act.ts';
import type { Context } from './context.ts';
import { type FaceRow, faceById, faceRequest, placeOf } from './face-rows.ts';
import type { PersonRow } from './key-rows.ts';
import { livingPerson } from './living-rows.ts';
import { onceMore } from './once-more.ts';
import type { ReleaseNumber } from './ports.ts';
import { readyEntry } from './prepare-entry.ts';
import { releaseField, releasesEntered, withRelease } from './releases.ts';
import { rotateOn, rotationOf, SECRET_LENGTH } from './rotation.ts';
import { openTemplate, type SealedTemplate, sealRotated } from './seal-face.ts';

/**
 * A new rotation and a new version of the purpose key, without the person. It limits what a stolen row is good for; it
 * does not undo a stolen face.
 */
export async function renewFace(
  context: Context,
  call: Call,
  input: { readonly face: string },
): Promise<Done<{ face: string; version: number }>> {
  const { person } = await faceById(context, call.site, input.face);
  return onceMore(context, call, { person, work: () => renew(context, call, input.face) });
}

async function renew(context: Context, call: Call, id: string): Promise<Done<{ face: string; version: number }>> {
  const { site, at } = call;
  const face = await faceById(context, site, id);
  const person = await context.keys.person(site, face.person);
  const version = face.version + 1;
  const { numbers, made } = await resealed(context, site, { face, person, version });
  const { purpose, consent, model } = face;
  const ready = await readyEntry(context, call, {
    kind: 'face.renewed',
    organisation: { release: numbers.map(releaseField) },
    subject: { person, values: { person: face.person, face: id, purpose, consent, model } },
  });
  const renewed: SqlPart = {
    name: 'face_renewed',
    text: `UPDATE face SET version = $3::integer, rotation = $4::bytea, sealed = $5::bytea FROM guard
      WHERE site = $1 AND face = $2 AND version = $3::integer - 1 AND state = 'sealed' RETURNING 1`,
    values: [site, id, version, made.rotation, made.sealed],
  };
  const parts = [renewed, releasesEntered(site, { numbers, at, made: 'face_renewed' })];
  const statement = { living: livingPerson(site, person), parts, made: 'face_renewed' };
  return carryOut(context, call, { ready, result: { face: id, version }, statement });
}

async function resealed(
  { keeper, tools }: Context,
  site: string,
  of: { face: FaceRow; person: PersonRow; version: number },
): Promise<{ numbers: readonly ReleaseNumber[]; made: SealedTemplate }> {
  const { face, person, version } = of;
  const [place, next] = [placeOf(site, face), placeOf(site, { ...face, version })];
  const old = await withRelease(keeper, faceRequest(site, person, face), (release) => ({
    number: release.number,
    ...openTemplate(tools, release, { place, row: face }),
  }));
  const secret = tools.random(SECRET_LENGTH);
  const length = old.rotated.length;
  const rotated = rotateOn(rotationOf(tools, old.secret, length), rotationOf(tools, secret, length), old.rotated);
  const request = faceRequest(site, person, { ...face, version });
  const sealed = await withRelease(keeper, request, (release) => ({
    number: release.number,
    made: sealRotated(tools, release, { place: next, secret, rotated }),
  }));
  return { numbers: [old.number, sealed.number], made: sealed.made };
}
