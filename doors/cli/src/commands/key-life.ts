import type { JsonObject } from '@visor/record';
import { askHouse } from '../ask-house.ts';
import { type Context, EXIT, type Exit, say, sayJson, warn } from '../context.ts';
import { sayOnce } from './say-once.ts';

const WORDS = {
  en: {
    usage: {
      list: 'usage: visor key list --site SITE',
      rotate: 'usage: visor key rotate --site SITE --key KEY',
      revoke: 'usage: visor key revoke --site SITE --key KEY',
    },
    beside: (key: string) => `It has the scopes of ${key}, which lives on until you revoke it.`,
    revoked: (key: string) => `${key} is revoked. It stops within a second; what it did stays in the ledger.`,
    living: 'living',
    gone: (at: string) => `revoked ${at}`,
  },
  zh: {
    usage: {
      list: '用法：visor key list --site 站点',
      rotate: '用法：visor key rotate --site 站点 --key 密钥编号',
      revoke: '用法：visor key revoke --site 站点 --key 密钥编号',
    },
    beside: (key: string) => `其权限与 ${key} 相同；${key} 在您吊销之前继续有效。`,
    revoked: (key: string) => `${key} 已吊销，一秒内失效；它做过的事仍留在日志中。`,
    living: '有效',
    gone: (at: string) => `已于 ${at} 吊销`,
  },
} as const;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

const isText = (value: string | boolean | undefined): value is string => typeof value === 'string';

/** `key list`: ids, labels, states. */
export async function keyList(context: Context, { site, json }: Flags): Promise<Exit> {
  const words = WORDS[context.language];
  if (!isText(site)) return misused(context, words.usage.list);
  const listed = (await askHouse(context, 'key.list', { site })) as JsonObject; // this act answers an object
  if (json === true) sayJson(context, listed);
  else {
    for (const { key, label, revoked_at: at } of listed.keys as readonly Record<string, string | null>[]) // and these members
      say(context, `${key}  ${at === null ? words.living : words.gone(String(at))}  ${label}`);
  }
  return EXIT.done;
}

/** `key rotate`: the successor, shown once. */
export async function keyRotate(context: Context, { site, key, json }: Flags): Promise<Exit> {
  const words = WORDS[context.language];
  if (!isText(site) || !isText(key)) return misused(context, words.usage.rotate);
  const made = (await askHouse(context, 'key.rotate', { site, key })) as JsonObject; // this act answers an object
  if (json === true) sayJson(context, made);
  else {
    sayOnce(context, String(made.secret));
    say(context, words.beside(key));
  }
  return EXIT.done;
}

/** `key revoke`. */
export async function keyRevoke(context: Context, { site, key, json }: Flags): Promise<Exit> {
  const words = WORDS[context.language];
  if (!isText(site) || !isText(key)) return misused(context, words.usage.revoke);
  const ended = (await askHouse(context, 'key.revoke', { site, key })) as JsonObject; // this act answers an object
  if (json === true) sayJson(context, ended);
  else say(context, words.revoked(key));
  return EXIT.done;
}

function misused(context: Context, usage: string): Exit {
  warn(context, usage);
  return EXIT.usage;
}
