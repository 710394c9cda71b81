/**
 * Every way Visor can refuse, in one list. A code is a promise to callers: it is
 * never renamed or reused, and `docs/errors.md` explains each one in a paragraph.
 */
export const REFUSALS = {
  // bytes and records
  'bytes.base64': 'The text is not base64 in its one canonical spelling.',
  'bytes.hex': 'The text is not lower-case hexadecimal.',
  'bytes.utf8': 'The bytes are not well-formed UTF-8 text.',
  'id.shape': 'The id does not have the shape of its kind.',
  'record.instant': 'The time is not a whole millisecond between 1970 and 9999, written as RFC 3339 in UTC.',
  'record.json': 'The value is not JSON within the limits.',
  // requests
  'request.body': 'The request body does not have the documented shape.',
  'request.too-large': 'The request body is larger than the route takes.',
  'request.content-type': 'The content type is not one that the route takes.',
  'request.host': 'The Host is not one of the names of this house.',
  'request.origin': 'The Origin is not one of this house.',
  'request.key': 'A key of this house is needed for this route.',
  'request.scope': 'The key does not carry the permission for this route.',
  'request.idempotency-key': 'Every POST needs an Idempotency-Key of 8 to 128 visible ASCII characters.',
  'request.idempotency-body': 'This Idempotency-Key was used before with another body.',
  'request.reason': 'Opening a face needs a Visor-Reason header.',
  'request.not-found': 'There is no such thing for this key.',
  'request.state': 'The thing is not in a state that allows this.',
  'request.repeated': 'The same request is being answered already.',
  // files that somebody names
  'file.unreadable': 'The file cannot be read.',
  'file.too-large': 'The file is larger than this command reads.',
  // storage
  'storage.folder-locked': 'Another Visor runs on this data folder.',
  'storage.newer': 'The data was written by a newer Visor.',
  'storage.history': 'The migrations that this database has had are not the ones of this Visor.',
  'storage.server-version': 'The PostgreSQL that runs is not one that can serve this data.',
  'storage.socket-path': 'The path of the data folder is too long for a database socket.',
  // faces
  'face.picture.format': 'The picture is not a JPEG, PNG or WebP.',
  'face.picture.size': 'The picture has too many bytes or pixels.',
  'face.picture.broken': 'The picture is damaged or cut short.',
  'face.picture.extra': 'The picture file holds more than one picture, or something that is no picture.',
  'face.none': 'No face was found in the picture.',
  'face.several': 'More than one face was found in the picture.',
  'face.small': 'The face is too small in the picture.',
  'face.edge': 'The face is cut off by the edge of the picture.',
  'face.blurred': 'The picture of the face is too blurred.',
  'face.unlike': 'The pictures do not show the same face.',
  'face.timeout': 'The picture took too long to read.',
  'face.template.shape': 'The face template does not have the length its model declares.',
  'face.model.hash': 'A model file is not the one that the manifest names.',
  'face.model.other': 'The two templates come from different models and never compare.',
  // vault
  'vault.consent.missing': 'There is no living consent of this person for this purpose.',
  'vault.consent.level': 'The consent is of a level that this purpose does not take.',
  'vault.person.gone': 'The person was erased.',
  'vault.serial': 'The person key was replaced while the act was prepared.',
  'vault.sealed': 'What is sealed does not open with the keys that are left.',
  'vault.budget': 'The budget for opening faces is used up for now.',
  'vault.releases-unshown': 'The keeper releases nothing until it is shown that its counts were entered.',
  // keeper
  'keeper.opening.proof':
    'The keeper was not shown an intended opening of the last ten minutes in a ledger that it signed.',
  'keeper.opening.used': 'This intended opening was used before.',
  'keeper.lease': 'A newer appender has the lease; this one signs nothing more.',
  'keeper.rollback': 'The ledger is older than what the keeper has signed.',
  'keeper.fork': 'The ledger is not the one that the keeper has signed.',
  'keeper.generation.living': 'The key generation is still named by rows, open transactions or an unread key backup.',
  'keeper.serial.dead': 'The person key was replaced or erased.',
  'keeper.backup': 'The key backup does not open, is cut short or has expired.',
  'keeper.foreign': 'The keeper folder belongs to another house.',
  'keeper.missing': 'The keeper folder of this house is empty or gone.',
  'keeper.damaged': 'The memory of the keeper is damaged in the middle, where no crash can have done it.',
  // ledger
  'ledger.busy': 'The ledger cannot take more entries right now.',
  'ledger.entry.shape': 'The bytes are not an entry of this format.',
  'ledger.entry.kind': 'The kind of entry is not known.',
  'ledger.entry.size': 'The fields do not fit the largest entry.',
  'ledger.field.commitment': 'The disclosed field does not lead to the entry.',
  'ledger.note.shape': 'The signed note does not have the shape of a C2SP checkpoint.',
  'ledger.note.signature': 'The checkpoint is not signed by the key that was asked for.',
  'ledger.proof.length': 'The proof has more or fewer hashes than the tree sizes allow.',
  'ledger.proof.root': 'The proof leads to a different root than the signed checkpoint.',
  'ledger.frame.shape': 'The bytes are not a ledger frame, or not a whole one.',
  'ledger.damaged': 'The ledger on disk is damaged in the middle, where no crash can have done it.',
  'ledger.foreign': 'The ledger folder belongs to another house or site.',
  'ledger.index': 'The ledger has no entry at this place.',
  // receipts and bundles
  'receipt.shape': 'The file is not a receipt.',
  'fraud.shape': 'The file is not a proof of two heads that cannot both be.',
  'bundle.container': 'The bundle is not the one canonical container of its contents.',
  'bundle.manifest': 'The manifest does not describe what is in the bundle.',
  'bundle.newer': 'The bundle was written by a newer Visor.',
  'bundle.size': 'The bundle is larger than a reader has to accept.',
  'bundle.trust': 'The trust file does not have the shape of an anchor card.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;
export type Facts = Readonly<Record<string, string | number | boolean>>;

/**
 * Thrown when an input, a record or a caller breaks a rule that Visor names.
 * `facts` may hold ids, counts and limits; never a name, an image or a template.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly facts: Facts;

  constructor(code: RefusalCode, facts: Facts = {}, options?: { cause: unknown }) {
    super(REFUSALS[code], options);
    this.code = code;
    this.facts = facts;
  }
}

/** Something outside failed (disk, database, child process, network) and the same thing may be tried again. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly part: string;
  readonly facts: Facts;

  /** @param detail ids, counts and limits, then the cause */
  constructor(part: string, message: string, ...detail: readonly [facts?: Facts, options?: { cause: unknown }]) {
    const [facts = {}, options] = detail;
    super(message, options);
    this.part = part;
    this.facts = facts;
  }
}
