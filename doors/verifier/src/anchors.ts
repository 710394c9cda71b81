import { type AnchorCard, type LogHead, openCheckpoint, parseNote } from '@visor/ledger';
import { Refusal } from '@visor/record';
import type { Evidence } from './evidence.ts';
import type { Tools } from './report.ts';

/** What the reader holds of the house, got by another way than the file: everything else is the file's own word. */
export interface Anchors {
  readonly trust?: AnchorCard;
  readonly head?: string; // a signed note
}

export interface ReaderHead extends LogHead {
  readonly note: string;
}

/**
 * The reader's heads of the logs that the file is about, and the origin of the reader's own head when the file has
 * nothing of its log. With a card each head must be signed by the card's key.
 * @throws Refusal `bundle.trust` when what the reader holds is no note, or not signed by the key on the reader's card
 */
export function readerHeads(
  tools: Tools,
  { trust, head }: Anchors,
  evidence: Evidence,
): { readonly held: readonly ReaderHead[]; readonly foreign?: string } {
  const origins = new Set(evidence.logs.map(({ origin }) => origin));
  const notes = [...(trust?.heads ?? []), ...(head === undefined ? [] : [head])];
  const heads = notes.map((note): ReaderHead => {
    const { origin, size, root } = noteOf(note);
    return { origin, size, root, note };
  });
  const own = head === undefined ? undefined : heads.at(-1);
  const held = heads.filter((one) => origins.has(one.origin) || one === own);
  for (const { note } of trust === undefined ? [] : held) {
    if (!isSignedBy(tools, note, trust!.publicKey)) throw new Refusal('bundle.trust', { what: 'signature of a head' });
  }
  const foreign = own !== undefined && !origins.has(own.origin) ? { foreign: own.origin } : {};
  return { held: held.filter(({ origin }) => origins.has(origin)), ...foreign };
}

function noteOf(note: string): LogHead {
  try {
    return parseNote(note);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new Refusal('bundle.trust', { what: 'head' }, { cause });
  }
}

export function isSignedBy(tools: Tools, note: string, publicKey: Uint8Array): boolean {
  try {
    openCheckpoint(tools, note, publicKey);
    return true;
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.code === 'ledger.note.signature') return false;
    throw refusal;
  }
}
