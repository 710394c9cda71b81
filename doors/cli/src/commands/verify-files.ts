import { writeFile } from 'node:fs/promises';
import { type Context, type Exit, readGiven, say } from '../context.ts';
import { verifyCommand } from './verify.ts';

const MOST_BYTES = 512 * 1024 * 1024;
const FRAUD_FILE = 'fraud-proof.json';

/** `verify BUNDLE` or `verify A B`: no house is needed, and none is asked. */
export async function verifyFiles(
  context: Context,
  flags: Readonly<Record<string, string | boolean | undefined>>,
  words: readonly string[],
): Promise<Exit> {
  const [file, other] = [words[0]!, words[1]]; // the parser asks for one at least
  return verifyCommand({
    files: other === undefined ? [file] : [file, other],
    ...(typeof flags.trust === 'string' ? { trust: flags.trust } : {}),
    ...(typeof flags.head === 'string' ? { head: flags.head } : {}),
    json: flags.json === true,
    language: context.language,
    read: (name) => readGiven(name, MOST_BYTES),
    say: (line) => say(context, line),
    async keep(fraud) {
      await writeFile(FRAUD_FILE, fraud);
      return FRAUD_FILE;
    },
  });
}
