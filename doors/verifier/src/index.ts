/** The offline verifier. It needs SHA-256 and Ed25519 as arguments (`@visor/verifier/node` has Node's) and nothing else. */
export type { Anchors } from './anchors.ts';
export { type Comparison, compareReceipts, verifyFraudProof } from './compare.ts';
export { type FraudProof, fraudBytes, isLikeFraudProof, readFraudProof } from './fraud.ts';
export { type Place, whereOf } from './place.ts';
export type { Check, Report, Result, Tools, Verdict } from './report.ts';
export { verify, verifyFile, verifyReceipt } from './verify.ts';
export { CHECK_KEYS, type Key, type Language, sentence, visible, type WordFacts } from './words.ts';
