/** Templates, rotation secrets and pictures, sealed to the one place they may be opened in. */
import { type Bytes, canonicalBytes, concat, type Json, Refusal } from '@visor/record';
import { packTemplate, unpackTemplate } from './pack-template.ts';
import type { Release, VaultTools } from './ports.ts';
import { rotate, rotationOf, SECRET_LENGTH } from './rotation.ts';

const NONCE = 12;

/** Where a sealed face belongs; all of it is authenticated, so a row that was moved does not open. */
export interface FacePlace {
  readonly site: string;
  readonly person: string;
  readonly purpose: string;
  readonly consent: string;
  readonly version: number;
  readonly model: string;
}

const aad = (what: string, { site, person, purpose, consent, version, model }: FacePlace, more: Json = null): Bytes =>
  canonicalBytes([`visor/${what}/1`, site, person, purpose, consent, version, model, more]);

type Tools = Pick<VaultTools, 'seal' | 'open' | 'random'>;

function sealed(tools: Tools, key: Bytes, { plain, aad: additional }: { plain: Bytes; aad: Bytes }): Bytes {
  const nonce = tools.random(NONCE);
  return concat([nonce, tools.seal(key, nonce, plain, additional)]);
}

/** @throws Refusal `vault.sealed` */
function opened(tools: Tools, key: Bytes, of: { sealed: Bytes; aad: Bytes; what: string }): Bytes {
  const plain = tools.open(key, of.sealed.subarray(0, NONCE), of.sealed.subarray(NONCE), of.aad);
  if (plain === undefined) throw new Refusal('vault.sealed', { what: of.what });
  return plain;
}

export interface SealedTemplate {
  readonly rotation: Bytes; // the rotation secret's wrap
  readonly sealed: Bytes; //   nonce 12 | packed rotated template | tag 16
}

type Keys = Pick<Release, 'purposeKey' | 'rotationKey'>;

/** Rotates a template under a fresh secret and seals both. @param template  L2 norm 1. */
export function sealTemplate(
  tools: Tools,
  keys: Keys,
  of: { place: FacePlace; template: Float32Array },
): SealedTemplate {
  const secret = tools.random(SECRET_LENGTH);
  return sealRotated(tools, keys, {
    ...of,
    secret,
    rotated: rotate(rotationOf(tools, secret, of.template.length), of.template),
  });
}

export function sealRotated(
  tools: Tools,
  keys: Keys,
  of: { place: FacePlace; secret: Bytes; rotated: Float32Array },
): SealedTemplate {
  return {
    rotation: sealed(tools, keys.rotationKey, { plain: of.secret, aad: aad('rotation', of.place) }),
    sealed: sealed(tools, keys.purposeKey, { plain: packTemplate(of.rotated), aad: aad('template', of.place) }),
  };
}

/** The rotated template and the secret that it was rotated with. @throws Refusal `vault.sealed` */
export function openTemplate(
  tools: Tools,
  keys: Keys,
  of: { place: FacePlace; row: SealedTemplate },
): { rotated: Float32Array; secret: Bytes } {
  const { place, row } = of;
  const secret = opened(tools, keys.rotationKey, {
    sealed: row.rotation,
    aad: aad('rotation', place),
    what: 'rotation',
  });
  const packed = opened(tools, keys.purposeKey, { sealed: row.sealed, aad: aad('template', place), what: 'template' });
  return { rotated: unpackTemplate(packed), secret };
}

const pictureAad = (place: FacePlace, face: string): Bytes => aad('picture', { ...place, version: 1 }, face);

export const sealPicture = (tools: Tools, key: Bytes, of: { place: FacePlace; face: string; picture: Bytes }): Bytes =>
  sealed(tools, key, { plain: of.picture, aad: pictureAad(of.place, of.face) });

export const openPicture = (tools: Tools, key: Bytes, of: { place: FacePlace; face: string; sealed: Bytes }): Bytes =>
  opened(tools, key, { sealed: of.sealed, aad: pictureAad(of.place, of.face), what: 'picture' });
