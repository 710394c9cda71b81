import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, Missing } from './step.mjs';

const BLOCK = 512;
const LONGEST_NAMES = 64 * 1024; // bytes of a record that only names the file behind it
const LARGEST = 512 * 1024 * 1024;

/**
 * Takes named files out of a gzipped tar archive (POSIX ustar with pax and GNU long names), streaming. Only the names
 * asked for are written, each as the last part of its name into `folder`; no other name in the archive becomes a path.
 * @param {string} tarball @param {string} folder @param {readonly string[]} names as the archive spells them
 * @throws Missing when the archive is damaged, cut short, or lacks a name
 */
export async function takeFiles(tarball, folder, names) {
  const wanted = new Set(names);
  try {
    for await (const { name, size, content } of entriesOf(tarball)) {
      if (wanted.delete(name)) await write(join(folder, basename(name)), size, content);
      if (wanted.size === 0) return;
    }
  } catch (error) {
    if (codeOf(error).startsWith('Z_')) throw damaged(); // zlib's codes
    throw error;
  }
  throw new Missing(`A package does not hold ${[...wanted].join(', ')}; nothing of it was used.`);
}

const damaged = () => new Missing('A package that was fetched is damaged; nothing of it was used.');

/** @param {string} path @param {number} size @param {AsyncIterable<Buffer>} content */
async function write(path, size, content) {
  if (size > LARGEST) throw damaged();
  const file = createWriteStream(path, { flags: 'wx', mode: 0o644 });
  const end = finished(file);
  end.catch(() => undefined); // awaited below; a failure before that must not end the process
  for await (const piece of content) {
    if (!file.write(piece)) await Promise.race([new Promise((resolve) => file.once('drain', resolve)), end]);
  }
  file.end();
  await end;
}

/**
 * The plain files of an archive, in order; the content of one is read before the next is asked for, or passed over.
 * @param {string} tarball
 * @returns {AsyncGenerator<{ name: string, size: number, content: AsyncGenerator<Buffer> }>}
 */
async function* entriesOf(tarball) {
  const source = createReadStream(tarball);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* filesIn(reader(source.pipe(gunzip)));
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/** @param {ReturnType<typeof reader>} bytes */
async function* filesIn(bytes) {
  let longName = '';
  for (let header = await bytes.block(); header !== undefined; header = await bytes.block()) {
    const { name, size, kind } = readHeader(header);
    const content = bytes.content(size);
    if (kind === 'x' || kind === 'L') {
      if (size > LONGEST_NAMES) throw damaged();
      longName = nameIn(kind, await gathered(content));
      continue;
    }
    if (kind === '0') yield { name: longName || name, size, content };
    for await (const _ of content); // what nobody took
    longName = '';
  }
}

/** @param {AsyncIterable<Buffer>} source */
function reader(source) {
  const pieces = source[Symbol.asyncIterator]();
  let piece = Buffer.alloc(0);
  /** At most `most` bytes, at least one; none at the end. @param {number} most */
  const some = async (most) => {
    while (piece.length === 0) {
      const next = await pieces.next();
      if (next.done) return undefined;
      piece = next.value;
    }
    const taken = piece.subarray(0, most);
    piece = piece.subarray(taken.length);
    return taken;
  };
  /** @param {number} size @returns {AsyncGenerator<Buffer>} */
  async function* content(size) {
    for (let left = Math.ceil(size / BLOCK) * BLOCK, rest = size; left > 0; ) {
      const taken = await some(left);
      if (taken === undefined) throw damaged();
      left -= taken.length;
      if (rest > 0) yield taken.subarray(0, rest);
      rest -= taken.length;
    }
  }
  /** The next header; none at the end mark of the archive. */
  const block = async () => {
    const header = await gathered(content(BLOCK));
    return header.every((byte) => byte === 0) ? undefined : header;
  };
  return { block, content };
}

/** @param {AsyncIterable<Buffer>} content */
async function gathered(content) {
  const pieces = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @param {Buffer} header */
function readHeader(header) {
  const text = (/** @type {number} */ at, /** @type {number} */ length) =>
    header
      .subarray(at, at + length)
      .toString('utf8')
      .split('\0', 1)[0] ?? '';
  const octal = (/** @type {number} */ at, /** @type {number} */ length) => {
    const digits = text(at, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  let sum = 8 * 0x20; // the field of the sum itself counts as spaces
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0 : byte;
  const size = octal(124, 12);
  if (sum !== octal(148, 8) || !Number.isSafeInteger(size)) throw damaged();
  const folder = text(257, 5) === 'ustar' ? text(345, 155) : '';
  return { name: folder === '' ? text(0, 100) : `${folder}/${text(0, 100)}`, size, kind: text(156, 1) || '0' };
}

/** The name in a GNU `L` record, or the `path` among a pax header's records of the form `LENGTH KEY=VALUE\n`. @param {string} kind @param {Buffer} record */
function nameIn(kind, record) {
  if (kind === 'L') return record.toString('utf8').split('\0', 1)[0] ?? '';
  for (let at = 0; at < record.length; ) {
    const length = Number.parseInt(record.toString('utf8', at, at + 8), 10);
    if (!(length > 0)) throw damaged();
    const [, path] = /^\d+ path=([\s\S]*)\n$/.exec(record.toString('utf8', at, at + length)) ?? [];
    if (path !== undefined) return path;
    at += length;
  }
  return '';
}
