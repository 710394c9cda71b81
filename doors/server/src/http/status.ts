import type { RefusalCode } from '@visor/record';

/** What no request can meet unless the house itself is wrong: whoever asked is told of a bug, and nothing else. */
const WRONG = 500;

/**
 * The status of each refusal where a route's own table says no other. Every code stands here, so that a new one cannot be
 * forgotten: a house that answers "bug" to what it refuses leaves its caller without a way on.
 */
export const STATUS: Readonly<Record<RefusalCode, number>> = {
  'bytes.base64': 400,
  'bytes.hex': 400,
  'bytes.utf8': 400,
  'id.shape': 400,
  'record.instant': 400,
  'record.json': 400,
  'request.body': 400,
  'request.idempotency-key': 400,
  'request.reason': 400,
  'request.key': 401,
  'request.scope': 403,
  'request.origin': 403,
  'request.not-found': 404,
  'request.idempotency-body': 409,
  'request.state': 409,
  'request.too-large': 413,
  'request.content-type': 415,
  'request.host': 421,
  'request.repeated': 503, // the first of the two is still under way

  'face.picture.format': 415,
  'face.picture.size': 413,
  'face.picture.broken': 422,
  'face.picture.extra': 422,
  'face.none': 422,
  'face.several': 422,
  'face.small': 422,
  'face.edge': 422,
  'face.blurred': 422,
  'face.unlike': 422,
  'face.timeout': 422,
  'face.model.other': 409,

  'vault.consent.missing': 403,
  'vault.consent.level': 403,
  'vault.person.gone': 410,
  'vault.sealed': 410,
  'vault.budget': 429, // a repeated request reads its own entry, so any POST may meet it
  'vault.serial': 503,
  'vault.releases-unshown': 503,

  'keeper.opening.proof': 409,
  'keeper.opening.used': 409,
  'keeper.serial.dead': 503, // a row that was replaced under way; it is read again
  'keeper.lease': 503, // another node appends now
  'keeper.rollback': 503,
  'keeper.fork': 503,
  'keeper.generation.living': WRONG,

  'ledger.busy': 503,
  'ledger.index': 404,
  'ledger.entry.size': 400,
  'ledger.damaged': 503,

  'file.unreadable': WRONG,
  'file.too-large': WRONG,
  'storage.folder-locked': WRONG,
  'storage.newer': WRONG,
  'storage.history': WRONG,
  'storage.server-version': WRONG,
  'storage.socket-path': WRONG,
  'face.template.shape': WRONG,
  'face.model.hash': WRONG,
  'keeper.backup': WRONG,
  'keeper.foreign': WRONG,
  'keeper.missing': WRONG,
  'keeper.damaged': WRONG,
  'ledger.entry.shape': WRONG,
  'ledger.entry.kind': WRONG,
  'ledger.field.commitment': WRONG,
  'ledger.note.shape': WRONG,
  'ledger.note.signature': WRONG,
  'ledger.proof.length': WRONG,
  'ledger.proof.root': WRONG,
  'ledger.frame.shape': WRONG,
  'ledger.foreign': WRONG,
  'receipt.shape': WRONG,
  'fraud.shape': WRONG,
  'bundle.container': WRONG,
  'bundle.manifest': WRONG,
  'bundle.newer': WRONG,
  'bundle.size': WRONG,
  'bundle.trust': WRONG,
};

/** A route's own refusals, under the statuses that they have everywhere. */
export const refusing = (...codes: readonly RefusalCode[]): Partial<Record<RefusalCode, number>> =>
  Object.fromEntries(codes.map((code) => [code, STATUS[code]]));
