import { writeFile } from 'node:fs/promises';
import { parseAnchorCard } from '@visor/ledger';
import { Refusal, text } from '@visor/record';
import {
  type Anchors,
  type Check,
  compareReceipts,
  fraudBytes,
  type Report,
  sentence,
  verifyFile,
  visible,
  whereOf,
} from '@visor/verifier';
import { nodeTools } from '@visor/verifier/node';
import { type Context, EXIT, type Exit, readGiven, say, sayJson, warn } from '../context.ts';

const MOST_BUNDLE = 512 * 1024 * 1024;
const MOST_ANCHOR = 16 * 1024 * 1024;
const FRAUD_FILE = 'fraud-proof.json';

const EXITS = {
  UNCHANGED: EXIT.done,
  AGREE: EXIT.done,
  CHANGED: EXIT.refused,
  CONTRADICT: EXIT.refused,
  'CANNOT TELL': EXIT.unreadable,
} as const;
const MARKS = { proved: '+', failed: '!', 'cannot be checked': '?' } as const;

const WORDS = {
  en: {
    verdict: {
      UNCHANGED: 'UNCHANGED',
      CHANGED: 'CHANGED',
      'CANNOT TELL': 'CANNOT TELL',
      AGREE: 'AGREE',
      CONTRADICT: 'CONTRADICT',
    },
    where: (where: string) => `where: ${where}`,
    since: (since: string) => `since ${since}`,
    meaning:
      'UNCHANGED says that these records were not altered since their head was signed. It does not say that what they record is true.',
    anchor:
      'For an answer, give your own copy of the anchor card: --trust FILE. Not the one that came with the bundle.',
    fraud: `The proof that one key signed two histories is in ${FRAUD_FILE}; it needs nobody's word.`,
  },
  zh: {
    verdict: {
      UNCHANGED: '未改动 UNCHANGED',
      CHANGED: '已改动 CHANGED',
      'CANNOT TELL': '无法判断 CANNOT TELL',
      AGREE: '一致 AGREE',
      CONTRADICT: '矛盾 CONTRADICT',
    },
    where: (where: string) => `位置：${where}`,
    since: (since: string) => `自 ${since} 起`,
    meaning: '“未改动”是指这些记录自签署日志头以来没有被改过，并不说明记录的内容属实。',
    anchor: '要得到结论，请用 --trust 文件 给出您自己保存的锚定卡，而不是随证据包一起收到的那张。',
    fraud: `同一密钥签署了两份历史的证明已写入 ${FRAUD_FILE}；它不依赖任何人的说法。`,
  },
} as const;

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** `verify BUNDLE` or `verify A B`; a receipt is read as well as a bundle. No house is needed, and none is asked. */
export async function verifyFiles(context: Context, flags: Flags, files: readonly string[]): Promise<Exit> {
  const anchors = await anchorsOf(flags);
  const bytes = await Promise.all(files.map((file) => readGiven(file, MOST_BUNDLE)));
  return bytes.length === 2
    ? compare(context, flags, { both: [bytes[0]!, bytes[1]!], anchors }) // two were counted
    : one(context, flags, verifyFile(nodeTools, bytes[0]!, anchors)); // the parser asks for one at least
}

async function anchorsOf(flags: Flags): Promise<Anchors> {
  const card = typeof flags.trust === 'string' ? text(await readGiven(flags.trust, MOST_ANCHOR)) : undefined;
  const head = typeof flags.head === 'string' ? text(await readGiven(flags.head, MOST_ANCHOR)) : undefined;
  if (flags.trust === true || flags.head === true) throw new Refusal('bundle.trust');
  return {
    ...(card === undefined ? {} : { trust: parseAnchorCard(nodeTools.sha256, card) }),
    ...(head === undefined ? {} : { head }),
  };
}

function one(context: Context, flags: Flags, report: Report): Exit {
  const words = WORDS[context.language];
  const { verdict, since, place, checks } = report;
  const where = place === undefined ? undefined : whereOf(context.language, place);
  if (flags.json === true) {
    const at = {
      ...(since === undefined ? {} : { since }),
      ...(report.where === undefined ? {} : { where: report.where }),
    };
    sayJson(context, { verdict, ...at, checks: checks.map(({ name, result, says }) => ({ name, result, says })) });
    return EXITS[verdict];
  }
  say(
    context,
    `${words.verdict[verdict]}${verdict === 'UNCHANGED' && since !== undefined ? ` ${words.since(since)}` : ''}`,
  );
  if (where !== undefined) say(context, words.where(visible(where)));
  sayChecks(context, checks);
  if (verdict === 'UNCHANGED') say(context, words.meaning);
  if (verdict === 'CANNOT TELL' && flags.trust === undefined) say(context, words.anchor);
  return EXITS[verdict];
}

interface Pair {
  readonly both: readonly [Uint8Array, Uint8Array];
  readonly anchors: Anchors;
}

async function compare(context: Context, flags: Flags, { both, anchors }: Pair): Promise<Exit> {
  const words = WORDS[context.language];
  const { verdict, checks, where, fraud } = compareReceipts(
    nodeTools,
    both,
    anchors.trust === undefined ? {} : { trust: anchors.trust },
  );
  if (fraud !== undefined) await writeFile(FRAUD_FILE, fraudBytes(fraud));
  if (flags.json === true) {
    const found = { ...(where === undefined ? {} : { where }), ...(fraud === undefined ? {} : { fraud: FRAUD_FILE }) };
    sayJson(context, { verdict, ...found, checks: checks.map(({ name, result, says }) => ({ name, result, says })) });
    return EXITS[verdict];
  }
  say(context, words.verdict[verdict]);
  sayChecks(context, checks);
  if (fraud !== undefined) warn(context, words.fraud);
  return EXITS[verdict];
}

function sayChecks(context: Context, checks: readonly Check[]): void {
  for (const { key, facts, result } of checks) {
    say(context, `  ${MARKS[result]} ${visible(sentence(context.language, key, facts))}`);
  }
}
