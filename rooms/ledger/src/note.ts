/**
 * C2SP signed-note and tlog-checkpoint: a head as text that anybody's tools read. Notes come from strangers, so a
 * reader takes one spelling of each number and hash, limits sizes first, and believes nothing before a signature stands.
 */
import { type Bytes, base64, concat, fromBase64, Refusal, type Sha256, utf8 } from '@visor/record';
import type { LogHead } from './signer.ts';
import type { VerifyEd25519 } from './tools.ts';
import { HASH_LENGTH } from './tree.ts';

const ED25519 = 0x01;
const NOTE_LENGTH = 128 * 1024; // characters: sixteen post-quantum signatures of 5 kB and room to spare
const SIGNATURES = 64; // C2SP asks for at least 16
const EXTENSIONS = 64; // lines, of which Visor writes none
const ORIGIN_LENGTH = 255;

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Bytes; // 4
  readonly signature: Bytes;
}

export interface Note extends LogHead {
  readonly body: string; // what is signed; ends with a newline
  readonly extensions: readonly string[];
  readonly signatures: readonly NoteSignature[]; // in order; none of them checked
}

/** Three lines, each ended: origin, size, root in base64. @throws RangeError for what is no head */
export function checkpointBody({ origin, size, root }: LogHead): string {
  if (!isOrigin(origin)) throw new RangeError('an origin is 1 to 255 visible characters without spaces and plus signs');
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== HASH_LENGTH) throw new RangeError('not a head');
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** No spaces, no plus signs, no control characters: it is also the name of the key. */
export const isOrigin = (origin: string): boolean =>
  origin.length > 0 && origin.length <= ORIGIN_LENGTH && origin.isWellFormed() && !/[\s\p{Z}\p{Cc}+]/u.test(origin);

/** The first four bytes of SHA-256(name | newline | 0x01 | public key). */
export const keyIdOf = (sha256: Sha256, name: string, publicKey: Bytes): Bytes =>
  sha256(concat([utf8(name), Uint8Array.of(0x0a, ED25519), publicKey])).slice(0, 4);

/** The note of a body with one signature. The signature is over the UTF-8 bytes of the whole body. */
export function signedNote(body: string, { name, keyId, signature }: NoteSignature): string {
  return `${body}\n\u2014 ${name} ${base64(concat([keyId, signature]))}\n`;
}

/**
 * Reads a checkpoint note; checks no signature.
 * @throws Refusal `ledger.note.shape`
 * @cost   linear in the text, which is refused unread above 131,072 characters
 */
export function parseNote(note: string): Note {
  if (note.length > NOTE_LENGTH) throw malformed('length');
  if (!note.isWellFormed() || hasControl(note)) throw malformed('characters');
  const gap = note.lastIndexOf('\n\n');
  if (gap < 0 || !note.endsWith('\n')) throw malformed('no signatures');
  const body = note.slice(0, gap + 1);
  const [origin, size, root, ...extensions] = body.slice(0, -1).split('\n', 4 + EXTENSIONS);
  if (origin === undefined || size === undefined || root === undefined) throw malformed('lines');
  if (!isOrigin(origin) || extensions.includes('') || extensions.length > EXTENSIONS) throw malformed('lines');
  const lines = note.slice(gap + 2, -1).split('\n', 1 + SIGNATURES);
  if (lines.length > SIGNATURES) throw malformed('too many signatures');
  return {
    ...{ body, origin, extensions },
    ...{ size: parseSize(size), root: parseHash(root) },
    signatures: lines.map(parseSignature),
  };
}

/** A decimal without leading zeros, up to 2^53 - 1. @throws Refusal `ledger.note.shape` */
export function parseSize(digits: string): number {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits)) throw malformed('size');
  const size = Number(digits);
  if (!Number.isSafeInteger(size)) throw malformed('size');
  return size;
}

/** 32 bytes in base64. @throws Refusal `ledger.note.shape` */
export function parseHash(value: string): Bytes {
  if (!isBase64Of(value, 44)) throw malformed('hash');
  const hash = decoded(value);
  if (hash.length !== HASH_LENGTH) throw malformed('hash');
  return hash;
}

function parseSignature(line: string): NoteSignature {
  const parts = line.split(' ');
  const [dash, name, blob] = parts;
  if (parts.length !== 3 || dash !== '\u2014' || name === undefined || !isOrigin(name)) throw malformed('signature');
  if (blob === undefined || !isBase64Of(blob, 16 * 1024)) throw malformed('signature');
  const bytes = decoded(blob);
  if (bytes.length < 5) throw malformed('signature');
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/**
 * The head that this key signed. The key's name is the origin; signatures of other keys are ignored.
 * @throws Refusal `ledger.note.shape`, or `ledger.note.signature` when this key did not sign it or one of its signatures is wrong
 */
export function openCheckpoint(
  tools: { readonly sha256: Sha256; readonly verify: VerifyEd25519 },
  note: string,
  publicKey: Bytes,
): LogHead {
  const { body, origin, size, root, signatures } = parseNote(note);
  const keyId = keyIdOf(tools.sha256, origin, publicKey);
  const own = signatures.filter(({ name, keyId: id }) => name === origin && keyId.every((byte, i) => id[i] === byte));
  const message = utf8(body);
  const good = own.every(({ signature }) => signature.length === 64 && tools.verify(publicKey, message, signature));
  if (own.length === 0 || !good) throw new Refusal('ledger.note.signature', { size, signatures: signatures.length });
  return { origin, size, root };
}

const malformed = (what: string): Refusal => new Refusal('ledger.note.shape', { what });

// biome-ignore lint/suspicious/noControlCharactersInRegex: C2SP forbids exactly these
const hasControl = (note: string): boolean => /[\u0000-\u0009\u000b-\u001f]/.test(note);

const isBase64Of = (value: string, most: number): boolean =>
  value.length <= most && /^[A-Za-z0-9+/]+={0,2}$/.test(value);

/** The text was found to be of the alphabet before; what is left to refuse is a second spelling. */
function decoded(value: string): Bytes {
  try {
    return fromBase64(value);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('ledger.note.shape', { what: 'base64' }, { cause });
  }
}
