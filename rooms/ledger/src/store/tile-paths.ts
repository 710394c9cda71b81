/** C2SP tlog-tiles: the names of the files of one log, below its folder. */

/** Three digits an element, all but the last behind an x: 1234067 is x001/x234/067. */
function elements(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const parts = padded.match(/.{3}/g)!;
  return parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/');
}

/** @param width 1 to 255 for a partial tile; left out for a full one */
export function tilePath(level: number | 'entries', index: number, width?: number): string {
  return `tile/${level}/${elements(index)}${width === undefined ? '' : `.p/${width}`}`;
}

export const CHECKPOINT = 'checkpoint';
export const ORIGIN = 'origin';
