const NAMES = new Map<string, string>();
const MOST_REMEMBERED = 4096;

/**
 * The name under which a statement is prepared: a readable word and 64 bits of FNV-1a over the text, so that the same
 * text always has the same name. It is not a secret and not a proof; should two texts ever share a name, the driver
 * refuses the second instead of running the first.
 * @returns at most 57 bytes; PostgreSQL cuts names off at 63.
 */
export function statementName(word: string, text: string): string {
  const known = NAMES.get(text);
  if (known !== undefined) return known;
  const name = `${word.replace(/[^a-z0-9_]/gi, '_').slice(0, 40)}_${fnv64(text)}`;
  if (NAMES.size < MOST_REMEMBERED) NAMES.set(text, name);
  return name;
}

function fnv64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i += 1) {
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, '0');
}
