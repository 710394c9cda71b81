import { writeFile } from 'node:fs/promises';
import type { JsonObject } from '@visor/record';
import { askHouse } from '../ask-house.ts';
import { type Context, EXIT, type Exit, say, sayJson, warn } from '../context.ts';
import { sayOnce } from './say-once.ts';

const WORDS = {
  en: {
    site: (site: string, key: string) => `Site ${site}, key ${key}`,
    usage: 'usage: visor key make --site NAME',
    written: (file: string, until: string) =>
      `The key backup is in ${file} and was read back. It opens only with this house's root, until ${until}.`,
    apart: 'Keep it apart from the database backups: together with the root they open every face.',
  },
  zh: {
    site: (site: string, key: string) => `站点 ${site}，密钥编号 ${key}`,
    usage: '用法：visor key make --site 名称',
    written: (file: string, until: string) =>
      `密钥备份已写入 ${file} 并已回读核对。它只能用本机构的根密钥打开，有效期至 ${until}。`,
    apart: '请与数据库备份分开保管：二者与根密钥放在一起即可打开所有人脸。',
  },
} as const;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** `key make`: a site and its key. */
export async function keyMake(context: Context, flags: Flags): Promise<Exit> {
  const words = WORDS[context.language];
  if (typeof flags.site !== 'string') {
    warn(context, words.usage);
    return EXIT.usage;
  }
  const scopes = typeof flags.scopes === 'string' ? flags.scopes.split(',') : null;
  const made = (await askHouse(context, 'key.make', { site: flags.site, scopes })) as JsonObject; // this act answers an object
  if (flags.json === true) sayJson(context, made);
  else {
    say(context, words.site(String(made.site), String(made.key)));
    sayOnce(context, String(made.secret));
  }
  return EXIT.done;
}

/** `key backup FILE`: written, read back, and its end told. */
export async function keyBackup(context: Context, flags: Flags, files: readonly string[]): Promise<Exit> {
  const words = WORDS[context.language];
  const days = typeof flags.days === 'string' ? Number(flags.days) : 30;
  const made = (await askHouse(context, 'key.backup', { days })) as JsonObject; // this act answers an object
  const bytes = Buffer.from(String(made.bytes), 'base64');
  const file = files[0]!; // the parser asks for one
  await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  if (flags.json === true) sayJson(context, { file, expires: made.expires ?? null, bytes: bytes.length });
  else {
    say(context, words.written(file, String(made.expires)));
    say(context, words.apart);
  }
  return EXIT.done;
}
