import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAnchorCard } from '@visor/ledger';
import { checkLedger, proveEntry } from '@visor/ledger/store';
import { Refusal, text } from '@visor/record';
import { sha256, verifyEd25519 } from '@visor/server';
import { askHouse } from '../ask-house.ts';
import { type Context, EXIT, type Exit, readGiven, say, sayJson } from '../context.ts';

const CARD = 16 * 1024 * 1024;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

const WORDS = {
  en: {
    good: (leaves: number, logs: number) =>
      `Every one of ${leaves} entries in ${logs} logs was re-hashed, and every tile compared: nothing is wrong.`,
    own: 'The key was taken from the folder itself; with --trust and your own copy of the anchor card the check says more.',
    bad: (count: number) => `${count} things are wrong:`,
    written: (file: string) =>
      `The anchor card is in ${file}. Print it, or send it to someone outside the house: it is their proof, not yours.`,
  },
  zh: {
    good: (leaves: number, logs: number) =>
      `已重新计算 ${logs} 个日志中全部 ${leaves} 条记录的散列值并比对每个分片：没有发现问题。`,
    own: '公钥取自该文件夹本身；用 --trust 给出您自己保存的锚定卡，核验才更有说服力。',
    bad: (count: number) => `发现 ${count} 处问题：`,
    written: (file: string) => `锚定卡已写入 ${file}。请打印，或交给机构之外的人：它是他们的凭据，不是您的。`,
  },
} as const;

async function keyOf(folder: string, trust: string | boolean | undefined): Promise<Uint8Array> {
  const file = typeof trust === 'string' ? trust : join(folder, 'anchor.txt');
  return parseAnchorCard(sha256, text(await readGiven(file, CARD))).publicKey;
}

/** `ledger check`: on a folder, running or copied; without one, on this house's own. */
export async function ledgerCheck(context: Context, flags: Flags, words: readonly string[]): Promise<Exit> {
  const said = WORDS[context.language];
  const folder = words[0] ?? join(context.folder, 'ledger');
  const publicKey = await keyOf(folder, flags.trust);
  const report = await checkLedger({ folder, sha256, verify: verifyEd25519, publicKey });
  const findings = report.findings.map(({ what, file, log, index }) => ({
    what,
    file,
    log: log ?? null,
    index: index ?? null,
  }));
  const logs = report.logs.map(({ origin, size, published }) => ({ origin, size, published }));
  if (flags.json === true)
    sayJson(context, { leaves: report.leaves, logs, findings, notes: [...report.notes], key: report.key });
  else {
    say(context, findings.length === 0 ? said.good(report.leaves, logs.length) : said.bad(findings.length));
    for (const { what, file, log, index } of findings)
      say(context, `  ${what}: ${file}${log === null ? '' : `, ${log}`}${index === null ? '' : ` #${index}`}`);
    for (const note of report.notes) say(context, `  (${note})`);
    if (flags.trust === undefined) say(context, said.own);
  }
  return findings.length === 0 ? EXIT.done : EXIT.refused;
}

/** `ledger prove`: a C2SP tlog-proof of one entry, for anybody's verifier. */
export async function ledgerProve(context: Context, flags: Flags, words: readonly string[]): Promise<Exit> {
  const [folder, at] = [words[0]!, Number(words[1])]; // the parser asks for two
  if (!Number.isSafeInteger(at) || at < 0) throw new Refusal('ledger.index');
  const publicKey = await keyOf(folder, false);
  const origin = typeof flags.log === 'string' ? { origin: flags.log } : {};
  const proof = await proveEntry({ folder, sha256, verify: verifyEd25519, publicKey, index: at, ...origin });
  if (flags.json === true) sayJson(context, { proof });
  else context.process.stdout.write(proof);
  return EXIT.done;
}

/** `ledger anchor`: the card, on stdout or in a file. */
export async function ledgerAnchor(context: Context, flags: Flags): Promise<Exit> {
  const card = String(await askHouse(context, 'anchor', {}));
  if (typeof flags.out === 'string') await writeFile(flags.out, card);
  if (flags.json === true) sayJson(context, typeof flags.out === 'string' ? { file: flags.out } : { card });
  else if (typeof flags.out === 'string') say(context, WORDS[context.language].written(flags.out));
  else context.process.stdout.write(card);
  return EXIT.done;
}
