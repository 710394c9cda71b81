/**
 * A house small enough for a test: one Ed25519 key, logs in memory, entries as the ledger's own code makes them.
 * Everything comes out of a seed, so a bundle made here has the same bytes on every machine.
 */
import { createCipheriv, createHmac, createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { type BundleEntry, type BundleLog, buildBundle, bundleFields, type Contents } from '@visor/case/bundle';
import {
  checkpointBody,
  discloseGroup,
  type EntryDisclosure,
  type Kind,
  keyIdOf,
  type LedgerTools,
  leafBytes,
  leafHash,
  nodeHash,
  prepareEntry,
  signedNote,
} from '@visor/ledger';
import {
  type Bytes,
  base64,
  concat,
  type Id,
  type Instant,
  idOf,
  instant,
  type JsonObject,
  u32,
  utf8,
} from '@visor/record';
