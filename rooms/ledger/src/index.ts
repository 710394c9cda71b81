/** The ledger without powers: entries, the tree, proofs, checkpoints, frames. The store on disk is `@visor/ledger/store`. */
export { type AnchorCard, fingerprintOf, parseAnchorCard, writeAnchorCard } from './anchor-card.ts';
export {
  type CheckedDisclosure,
  checkDisclosure,
  discloseGroup,
  type EntryDisclosure,
  type GroupDisclosure,
  type OpenField,
  parseDisclosure,
  type WithheldField,
} from './disclosure.ts';
export { type Draft, ENTRY_ID_LENGTH, type PreparedEntry, prepareEntry } from './entry.ts';
export {
  decodeFrame,
  type EntrySpot,
  encodeFrame,
  FRAME_LIMIT,
  FRAME_PREFIX,
  type Frame,
  type FrameHead,
  type FrameLog,
  type FrameOutline,
  frameLength,
  logLength,
  outlineFrame,
} from './frame.ts';
export { decodeEntry, entryLength, type FrameEntry } from './frame-entry.ts';
export { BLOB_LENGTH, fieldRootOf, type GroupInput, groupRootOf, openGroup } from './group.ts';
export { hmacWith } from './hmac-with.ts';
export {
  ACTOR_FIELDS,
  fieldNames,
  isKind,
  KINDS,
  type Kind,
  ORGANISATION_FIELDS,
  SLOT_COUNT,
  SLOTS,
  URGENT_KINDS,
} from './kinds.ts';
export { coarsen, type Granularity, LEAF_LENGTH, type Leaf, leafBytes, type PadClass, parseLeaf } from './leaf.ts';
export {
  checkpointBody,
  isOrigin,
  keyIdOf,
  type Note,
  type NoteSignature,
  openCheckpoint,
  parseNote,
  signedNote,
} from './note.ts';
export { packPrepared, unpackPrepared } from './packed.ts';
export { type ProofText, parseProofText, proofText } from './proof-text.ts';
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from './proofs.ts';
export type { LeafRun, LogHead, SignedHead, Signer } from './signer.ts';
export type { LedgerTools, VerifyEd25519 } from './tools.ts';
export {
  consistencyPath,
  type Edge,
  edgeRoot,
  emptyEdge,
  extendEdge,
  foldNodes,
  HASH_LENGTH,
  inclusionPath,
  leafHash,
  type NodeRef,
  nodeHash,
} from './tree.ts';
