/** Every command, in the order of the help text; docs/cli.md restates this list and a test keeps it true. */
export const COMMANDS = [
  { name: 'serve', usage: 'serve', does: 'runs the house' },
  { name: 'check', usage: 'check', does: 'checks the house: ledger, keeper, database, models, disk' },
  {
    name: 'drill seal',
    usage: 'drill seal [--keep DIR]',
    does: 'seals drawn people in a throw-away house, damages a record, and shows where it is caught',
  },
  {
    name: 'verify',
    usage: 'verify BUNDLE [BUNDLE] [--trust FILE] [--head NOTE]',
    does: 'says whether a bundle is UNCHANGED, CHANGED, or CANNOT TELL',
  },
  { name: 'face find', usage: 'face find PICTURE', does: 'finds the faces of one picture' },
  { name: 'face compare', usage: 'face compare PICTURE PICTURE', does: 'says how alike the faces of two pictures are' },
  { name: 'ledger check', usage: 'ledger check [DIR]', does: 're-hashes every entry and compares every tile' },
  { name: 'ledger prove', usage: 'ledger prove DIR INDEX [--log ORIGIN]', does: 'writes the proof of one entry' },
  {
    name: 'ledger anchor',
    usage: 'ledger anchor [--out FILE]',
    does: 'writes the anchor card to leave with someone outside',
  },
  {
    name: 'bundle make',
    usage: 'bundle make --site SITE [--person PERSON] --out FILE',
    does: 'writes the evidence bundle of a person or a site',
  },
  { name: 'key make', usage: 'key make --site NAME', does: 'makes a site and its key, shown once' },
  { name: 'key list', usage: 'key list --site SITE', does: 'lists the keys of a site; never a key itself' },
  {
    name: 'key rotate',
    usage: 'key rotate --site SITE --key KEY',
    does: 'makes the successor of a key, shown once; both live until one is revoked',
  },
  { name: 'key revoke', usage: 'key revoke --site SITE --key KEY', does: 'revokes a key; it stops within a second' },
  { name: 'key backup', usage: 'key backup FILE [--days N]', does: 'writes the key backup and reads it back' },
] as const;
