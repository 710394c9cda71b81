import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serve as serveHouse } from '@visor/server';
import { type Context, EXIT, type Exit, say, warn } from '../context.ts';
import { settingsOf } from '../settings.ts';

const WORDS = {
  en: {
    up: (address: string, seconds: string) => `Visor answers at ${address} (${seconds} s). Stop it with Ctrl-C.`,
    repaired: (line: string) => `Repaired at this start: ${line}`,
    stopping: 'Stopping: what was accepted is being finished.',
    stopped: 'Stopped. Nothing is under way.',
  },
  zh: {
    up: (address: string, seconds: string) => `Visor 已在 ${address} 响应（${seconds} 秒）。按 Ctrl-C 停止。`,
    repaired: (line: string) => `本次启动时修复：${line}`,
    stopping: '正在停止：已接受的请求正在完成。',
    stopped: '已停止，没有未完成的工作。',
  },
} as const;

/** A signal may come twice, from the terminal and from npm: the second must not cut the stop short, so both stay heard. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve());
  });
}

/** `serve`: runs until SIGINT or SIGTERM. The access log goes to a file: it holds patterns and times, no addresses. */
export async function serve(context: Context): Promise<Exit> {
  const words = WORDS[context.language];
  mkdirSync(join(context.folder, 'logs'), { recursive: true, mode: 0o700 });
  const log = createWriteStream(join(context.folder, 'logs', 'requests.log'), { flags: 'a', mode: 0o600 });
  const ended = told();
  const served = await serveHouse(settingsOf(context, (line) => warn(context, line), log));
  for (const line of served.house.repaired) say(context, words.repaired(line));
  say(context, words.up(`http://127.0.0.1:${served.port}/`, (performance.now() / 1_000).toFixed(1)));
  await ended;
  say(context, words.stopping);
  await served[Symbol.asyncDispose]();
  log.end();
  say(context, words.stopped);
  return EXIT.done;
}
