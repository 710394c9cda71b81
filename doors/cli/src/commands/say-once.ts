import { type Context, say } from '../context.ts';

const WORDS = {
  en: 'This is the only time the key is shown; only its hash is kept:',
  zh: '密钥只在此处显示一次；系统只保留其散列值：',
} as const;

/** A key, to the terminal of whoever made it and nowhere else. */
export function sayOnce(context: Context, secret: string): void {
  say(context, WORDS[context.language]);
  say(context, secret);
}
