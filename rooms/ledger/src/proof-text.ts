/** C2SP tlog-proof: one entry's place, path and checkpoint in a text file of its own. */
import { type Bytes, base64, Refusal } from '@visor/record';
import { parseHash, parseNote, parseSize } from './note.ts';

const FIRST = 'c2sp.org/tlog-proof@v1';
const PROOF_LENGTH = 256 * 1024; // characters
const HASHES = 64;
const HEAD_LENGTH = 4096; // characters: two short lines and the hashes, with room to spare

export interface ProofText {
  readonly index: number;
  readonly proof: readonly Bytes[]; // 32 bytes each, the leaf's sibling first
  readonly checkpoint: string; // signed note, word for word
}

/** @throws Refusal `ledger.note.shape` when the checkpoint is not a note */
export function proofText({ index, proof, checkpoint }: ProofText): string {
  parseNote(checkpoint);
  const lines = [FIRST, `index ${index}`, ...proof.map(base64)];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/**
 * Reads a proof file; proves nothing yet. An `extra` line, which nobody signs, is refused: Visor writes none, and what
 * it would say could not be trusted.
 * @throws Refusal `ledger.note.shape`, or `ledger.proof.length` for more than 64 hashes or an index outside the tree
 */
export function parseProofText(source: string): ProofText {
  if (source.length > PROOF_LENGTH) throw new Refusal('ledger.note.shape', { what: 'length' });
  const gap = source.indexOf('\n\n');
  if (gap > HEAD_LENGTH) throw new Refusal('ledger.proof.length', { characters: gap }); // before it is taken apart
  const [first, second, ...hashes] = source.slice(0, Math.max(gap, 0)).split('\n');
  if (first !== FIRST || second === undefined) throw new Refusal('ledger.note.shape', { what: 'proof header' });
  if (!second.startsWith('index ')) throw new Refusal('ledger.note.shape', { what: 'proof index' });
  const index = parseSize(second.slice('index '.length));
  if (hashes.length > HASHES) throw new Refusal('ledger.proof.length', { index, hashes: hashes.length });
  const checkpoint = source.slice(gap + 2);
  const { size } = parseNote(checkpoint);
  if (index >= size) throw new Refusal('ledger.proof.length', { index, size, hashes: hashes.length });
  return { index, proof: hashes.map(parseHash), checkpoint };
}
