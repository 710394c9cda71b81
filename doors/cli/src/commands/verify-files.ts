import { writeFile } from 'node:fs/promises';
import { Refusal } from '@visor/record';
import { type Context, type Exit, readGiven, say } from '../context.ts';
import { verifyCommand } from './verify.ts';

const MOST = 64 * 1024 * 1024; // bytes: as large as a bundle may be; a card and a head are smaller
const FRAUD_FILE = 'fraud-proof.json';

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** `verify FILE` or `verify A B`: a receipt is read as well as a bundle. No house is needed, and none is asked. */
export async function verifyFiles(context: Context, flags: Flags, [first, second]: readonly string[]): Promise<Exit> {
  const given = (flag: string | boolean | undefined): string | undefined => {
    if (typeof flag === 'boolean') throw new Refusal('bundle.trust', { what: 'no file' });
    return flag;
  };
  const [trust, head] = [given(flags.trust), given(flags.head)];
  return await verifyCommand({
    files: second === undefined ? [first!] : [first!, second], // the parser asks for one at least
    ...(trust === undefined ? {} : { trust }),
    ...(head === undefined ? {} : { head }),
    json: flags.json === true,
    language: context.language,
    read: (file) => readGiven(file, MOST),
    say: (line) => say(context, line),
    keep: async (fraud) => {
      await writeFile(FRAUD_FILE, fraud);
      return FRAUD_FILE;
    },
  });
}
