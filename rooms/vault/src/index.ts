/** Seals faces and opens them again for those who may; every act leaves an entry. Powers: digest and cipher, as arguments. */
export type {
  Call,
  Consent,
  ConsentLevel,
  Decision,
  Done,
  EnteredRow,
  Erased,
  Face,
  Horizon,
  Opened,
  Page,
  Person,
  Purpose,
  PurposeInput,
  Receipt,
  RecordInput,
  Replayed,
  Vault,
  Verification,
  VerifyResult,
} from './acts.ts';
export { horizonText } from './horizon.ts';
export { openVault, type VaultParts } from './open-vault.ts';
export { packTemplate, unpackTemplate } from './pack-template.ts';
export type {
  DescribedFace,
  Entered,
  Entries,
  Faces,
  GenerationState,
  GroupKey,
  Keeper,
  LogRef,
  PersonKey,
  Release,
  ReleaseNumber,
  ReleaseRequest,
  RewrapRow,
  ShownEntry,
  SignedCount,
  StoredEntry,
  VaultTools,
} from './ports.ts';
export { type Rotation, rotate, rotateOn, rotationOf, turnBack } from './rotation.ts';
export { type FacePlace, openTemplate, type SealedTemplate, sealTemplate } from './seal-face.ts';
export { type Linkability, linkability } from './unlinkability.ts';
