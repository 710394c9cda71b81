import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Bytes, Fault, type Json, Refusal } from '@visor/record';

export type Language = 'en' | 'zh';

/** Exit codes are an interface: scripts and clerks rely on them. Listed in docs/cli.md. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreadable: 3, fault: 4 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** What a command may touch; made once in main.ts. */
export interface Context {
  readonly process: { readonly stdout: { write(text: string): void }; readonly stderr: { write(text: string): void } };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  /** The data folder, absolute. */
  readonly folder: string;
  exit: Exit;
}

/** Reads the language from the locale, in the order that POSIX gives. */
export function languageOf(env: Context['env']): Language {
  return /^zh/i.test(env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? '') ? 'zh' : 'en';
}

export const folderOf = (env: Context['env'], cwd: string): string => resolve(cwd, env.VISOR_DATA ?? 'data');

export const say = (context: Context, line: string): void => context.process.stdout.write(`${line}\n`);
export const warn = (context: Context, line: string): void => context.process.stderr.write(`${line}\n`);
export const sayJson = (context: Context, document: Json): void => say(context, JSON.stringify(document, null, 2));

/** A file that somebody named. @throws Refusal `file.unreadable`, `file.too-large` */
export async function readGiven(file: string, mostBytes: number): Promise<Bytes> {
  try {
    const { size } = await stat(file);
    if (size > mostBytes) throw new Refusal('file.too-large', { size, most: mostBytes });
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('file.unreadable', { code: (cause as NodeJS.ErrnoException).code ?? 'unknown' }, { cause }); // fs throws nothing else
  }
}

const UNREADABLE: ReadonlySet<string> = new Set([
  'file.unreadable',
  'file.too-large',
  'bundle.container',
  'bundle.size',
  'bundle.newer',
  'receipt.shape',
  'fraud.shape',
  'bundle.trust',
  'bytes.utf8',
  'bytes.base64',
  'record.json',
  'face.picture.format',
  'face.picture.size',
  'face.picture.broken',
]);

/** What a thrown thing means to a script; `undefined` for a bug, which goes on up. */
export function exitOf(error: unknown): Exit | undefined {
  if (error instanceof Refusal) return UNREADABLE.has(error.code) ? EXIT.unreadable : EXIT.refused;
  if (error instanceof Fault) return EXIT.fault;
  return undefined;
}
