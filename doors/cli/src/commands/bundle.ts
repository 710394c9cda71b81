import { writePack } from '@visor/case/pack';
import type { JsonObject } from '@visor/record';
import { askHouse } from '../ask-house.ts';
import { type Context, EXIT, type Exit, say, sayJson, warn } from '../context.ts';

const WORDS = {
  en: {
    usage: 'usage: visor bundle make --site SITE --out FILE',
    made: (file: string, entries: number) =>
      `${file} holds ${entries === 1 ? 'one entry' : `${entries} entries`}. Check it with: ./visor verify ${file} --trust ANCHOR-CARD`,
  },
  zh: {
    usage: '用法：visor bundle make --site 站点 --out 文件',
    made: (file: string, entries: number) =>
      `${file} 含 ${entries} 条记录。核验命令：./visor verify ${file} --trust 锚定卡`,
  },
} as const;

/** `bundle make`: the entries of one site, with what a stranger needs to check them. */
export async function bundleMake(
  context: Context,
  flags: Readonly<Record<string, string | boolean | undefined>>,
): Promise<Exit> {
  const words = WORDS[context.language];
  const { site, out, person } = flags;
  if (typeof site !== 'string' || typeof out !== 'string') {
    warn(context, words.usage);
    return EXIT.usage;
  }
  const args = { site, person: typeof person === 'string' ? person : null };
  const made = (await askHouse(context, 'bundle.make', args)) as JsonObject; // this act answers an object
  await writePack(out, Buffer.from(String(made.bytes), 'base64'));
  if (flags.json === true) sayJson(context, { file: out, bundle: made.bundle ?? null, entries: made.entries ?? null });
  else say(context, words.made(out, Number(made.entries)));
  return EXIT.done;
}
