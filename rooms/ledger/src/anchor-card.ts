/**
 * The anchor card: the log key's fingerprint and signed heads, on paper or in a file, left with somebody outside. It is
 * the reader's own ground: nothing in it is believed because Visor says so, only because the reader kept it.
 */
import { type Bytes, base64, fromBase64, hex, Refusal, type Sha256 } from '@visor/record';
import { isOrigin, parseNote } from './note.ts';

const FIRST = 'Visor anchor card 1';
const CARD_LENGTH = 8 * 1024 * 1024; // characters
const HEADS = 16_384;

export interface AnchorCard {
  readonly publicKey: Bytes; // Ed25519, 32 bytes
  readonly prefix: string; // what the origins of this house begin with
  readonly heads: readonly string[]; // signed notes
}

/** SHA-256 of the public key in groups of four hexadecimal digits: what two people read to each other. */
export const fingerprintOf = (sha256: Sha256, publicKey: Bytes): string =>
  hex(sha256(publicKey)).match(/.{4}/g)!.join(' ');

/**
 * Four lines of key, fingerprint, prefix and count, then each head between `head n` and `end n`.
 * @throws RangeError for a key that is not 32 bytes or a prefix that no origin can have; Refusal `ledger.note.shape`
 */
export function writeAnchorCard(sha256: Sha256, { publicKey, prefix, heads }: AnchorCard): string {
  if (publicKey.length !== 32 || !isOrigin(prefix)) throw new RangeError('not a key and prefix');
  const lines = [
    FIRST,
    `key ed25519:${base64(publicKey)}`,
    `fingerprint ${fingerprintOf(sha256, publicKey)}`,
    `origins ${prefix}`,
    `heads ${heads.length}`,
  ];
  for (const head of heads) parseNote(head);
  const blocks = heads.map((head, i) => `head ${i + 1}\n${head}end ${i + 1}\n`);
  return `${lines.join('\n')}\n${blocks.join('')}`;
}

/**
 * Reads a card in the one spelling that `writeAnchorCard` has. A fingerprint that is not the key's is refused: a person
 * may have compared only that. The heads' signatures are not checked here.
 * @throws Refusal `bundle.trust`
 */
export function parseAnchorCard(sha256: Sha256, card: string): AnchorCard {
  if (card.length > CARD_LENGTH) throw refused('length');
  const found = refusing(() => readCard(card));
  if (refusing(() => writeAnchorCard(sha256, found)) !== card) throw refused('spelling');
  return found;
}

function readCard(card: string): AnchorCard {
  const lines = card.split('\n');
  const value = (at: number, label: string): string => {
    const line = lines[at] ?? '';
    if (!line.startsWith(`${label} `)) throw refused(label);
    return line.slice(label.length + 1);
  };
  if (lines[0] !== FIRST) throw refused('first line');
  const key = value(1, 'key');
  const publicKey = fromBase64(key.startsWith('ed25519:') ? key.slice('ed25519:'.length) : '');
  const prefix = value(3, 'origins');
  if (publicKey.length !== 32 || !isOrigin(prefix)) throw refused('key');
  const count = value(4, 'heads');
  if (!/^(0|[1-9][0-9]{0,4})$/.test(count) || Number(count) > HEADS) throw refused('heads');
  const heads: string[] = [];
  let at = 5;
  for (let n = 1; n <= Number(count); n += 1) {
    const end = lines.indexOf(`end ${n}`, at);
    if (lines[at] !== `head ${n}` || end < 0) throw refused('head');
    heads.push(`${lines.slice(at + 1, end).join('\n')}\n`);
    at = end + 1;
  }
  return { publicKey, prefix, heads };
}

/** What a card quotes may be malformed in its own way; to the reader all of it is a card that is none. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.code === 'bundle.trust') throw cause;
    throw new Refusal('bundle.trust', { what: cause.code }, { cause });
  }
}

const refused = (what: string): Refusal => new Refusal('bundle.trust', { what });
