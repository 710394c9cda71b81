/** Something that a start needs is missing, in one sentence; the process ends with that exit code. */
export class Missing extends Error {
  /** @param {string} sentence @param {number} [exit] */
  constructor(sentence, exit = 4) {
    super(sentence);
    this.exit = exit;
  }
}

/**
 * Says what is being done, and how long it took.
 * @template T
 * @param {string} what @param {() => Promise<T>} work
 */
export async function step(what, work) {
  const started = performance.now();
  process.stderr.write(`${what} …\n`);
  const done = await work();
  process.stderr.write(`${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return done;
}

/** What a failed system call means to whoever started Visor. @param {unknown} error @param {string} where */
export function missingOf(error, where) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Missing(`There is no room left on the disk of ${where}.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new Missing(`Visor may not write to ${where}; it belongs to another user or is read-only.`);
  return error;
}
