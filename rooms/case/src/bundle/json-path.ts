import type { Bytes } from '@visor/record';

export type JsonPath = readonly (string | number)[];

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

interface Level {
  readonly list: boolean;
  key: string | number | undefined; // the member or element that is being read
}

/**
 * In which member and element of a JSON text a byte stands, outermost first. It is for pointing at damage,
 * so text that is no JSON gets some answer and never an error.
 * @cost One pass up to `at`.
 */
export function jsonPathAt(json: Bytes, at: number): JsonPath {
  const levels: Level[] = [];
  let string: number | undefined; // where the string that is being read began
  const end = Math.min(at, json.length);
  for (let i = 0; i < end; i += 1) {
    const byte = json[i]!;
    if (string === undefined) {
      if (byte === QUOTE) string = i + 1;
      else step(levels, byte);
    } else if (byte === BACKSLASH) i += 1;
    else if (byte === QUOTE) {
      const level = levels.at(-1);
      if (level !== undefined && level.key === undefined) level.key = ascii(json.subarray(string, i));
      string = undefined;
    }
  }
  return levels.flatMap(({ key }) => (key === undefined ? [] : [key]));
}

function step(levels: Level[], byte: number): void {
  const level = levels.at(-1);
  if (byte === OPEN_LIST) levels.push({ list: true, key: 0 });
  else if (byte === OPEN_OBJECT) levels.push({ list: false, key: undefined });
  else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) levels.pop();
  else if (byte === COMMA && level !== undefined) level.key = level.list ? Number(level.key) + 1 : undefined;
  else if (byte === COLON && level !== undefined) level.key ??= '';
}

const ascii = (bytes: Bytes): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
