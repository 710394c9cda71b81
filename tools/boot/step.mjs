/** Something that a start needs is missing, in one sentence; the process ends with that exit code. */
export class Missing extends Error {
  /** @param {string} sentence @param {number} [exit] */
  constructor(sentence, exit = 4) {
    super(sentence);
    this.exit = exit;
  }
}

/**
 * What all parts of a start share: where things lie, a way to speak, and the end that stops them together.
 * @typedef {{ root: string, data: string, say: (line: string) => void, stop: AbortSignal }} Start
 */

/**
 * Says what is being done, and how long it took.
 * @template T
 * @param {Start} start @param {string} what @param {() => Promise<T>} work
 */
export async function step({ say }, what, work) {
  const started = performance.now();
  say(`${what} …`);
  const done = await work();
  say(`${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return done;
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const SHUT = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The sentence for a system's error code, where it is one that whoever starts Visor can mend. @param {string} code @param {string} where */
export function missingFor(code, where) {
  if (FULL.has(code)) return new Missing(`There is no room left on the disk of ${where}.`);
  if (SHUT.has(code))
    return new Missing(`Visor may not write to ${where}: it belongs to another user or is read-only.`);
  if (code === 'ENOTDIR' || code === 'EEXIST') return new Missing(`${where} is in the way: it is not a folder.`);
  return undefined;
}

/** The code of a system's error. @param {unknown} error */
export const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** What a failed system call means, or the error itself where it is none of those. @param {unknown} error @param {string} where */
export const missingOf = (error, where) => missingFor(codeOf(error), where) ?? error;
