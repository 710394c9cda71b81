/** What the verifier says, by key, in English and Chinese. A key is never renamed; pages and scripts hold on to it. */

export type Language = 'en' | 'zh';
export type WordFacts = Readonly<Record<string, string | number>>;

const CHECKS = {
  'container.proved': [
    'The file is the one container of its contents; every byte was compared.',
    '文件就是其内容唯一对应的容器；逐字节比对一致。',
  ],
  'container.failed': [
    'The file is damaged: it is not the one container of its contents.',
    '文件已损坏：它不是其内容唯一对应的容器。',
  ],
  'shape.failed': ['The receipt is damaged: it does not have the documented shape.', '回执已损坏：不符合规定的格式。'],
  'entries.proved': [
    'What is shown leads to what was entered: {shown} fields shown, {withheld} places withheld, number of entries: {entries}.',
    '所示的 {entries} 条条目与登记时的内容相符：公开 {shown} 个字段，保留 {withheld} 处。',
  ],
  'entries.failed': [
    'What is shown of entry {index} of {log} is not what was entered.',
    '{log} 第 {index} 条所示内容与登记时的内容不符。',
  ],
  'entries.unchecked': [
    'The entries were not looked at, because the file itself is damaged.',
    '文件本身已损坏，因此没有核验条目。',
  ],
  'inclusion.proved': [
    'Each entry stands in its log, under the head in this file.',
    '每条条目都在其账本中，处于本文件所含头部之下。',
  ],
  'inclusion.failed': [
    'Entry {index} of {log} does not stand there under the head in this file.',
    '{log} 第 {index} 条不在本文件所含头部之下。',
  ],
  'inclusion.unchecked': ['Whether the entries stand in their logs was not looked at.', '没有核验条目是否在其账本中。'],
  'signature.proved': ['The heads are signed by the key that the file names.', '各头部由本文件所写明的密钥签名。'],
  'signature.card.proved': ['The head is signed by the key on your anchor card.', '头部由您的锚定卡上的密钥签名。'],
  'signature.failed': [
    'A head of {log} is not signed by the key that the file names.',
    '{log} 的一个头部不是由本文件所写明的密钥签名。',
  ],
  'signature.card.failed': [
    'The head of {log} is not signed by the key on your anchor card.',
    '{log} 的头部不是由您的锚定卡上的密钥签名。',
  ],
  'signature.unchecked': [
    'Whether the head is signed was not looked at: a receipt names no key, and you gave no anchor card.',
    '没有核验头部的签名：回执不含密钥，而您没有提供锚定卡。',
  ],
  'house.card.proved': ['That key is the one on your anchor card.', '该密钥就是您的锚定卡上的密钥。'],
  'house.head.proved': ['That key also signed the head that you hold.', '该密钥也签署了您所持有的头部。'],
  'house.card.failed': [
    'The file is signed by another key than the one on your anchor card.',
    '本文件的签名密钥不是您的锚定卡上的密钥。',
  ],
  'house.head.failed': [
    'The file is signed by another key than the head that you hold.',
    '本文件的签名密钥与您所持有头部的签名密钥不同。',
  ],
  'house.unchecked': [
    'Consistent with itself; who signed it is unknown to you: no anchor of your own says.',
    '文件自身一致，但您无从得知由谁签名：您自己没有可对照的锚定。',
  ],
  'origin.proved': [
    'Every log in it is one that your anchor card names ({prefix}).',
    '其中每个账本都在您的锚定卡所列范围内（{prefix}）。',
  ],
  'origin.unchecked': [
    '{log} is not one of the logs that your anchor card names ({prefix}).',
    '{log} 不在您的锚定卡所列范围内（{prefix}）。',
  ],
  'earlier.proved': [
    '{heads} heads given out before lead to the head in this file: nothing was rewritten between them.',
    '此前发出的 {heads} 个头部与本文件所含头部相连：其间没有被改写。',
  ],
  'earlier.failed': [
    'The earlier head of {size} entries of {log} does not lead to the head in this file.',
    '{log} 此前 {size} 条时的头部与本文件所含头部不相连。',
  ],
  'head.proved': [
    'The head that you hold ({size} entries of {log}) leads to the head in this file.',
    '您所持有的头部（{log}，{size} 条）与本文件所含头部相连。',
  ],
  'head.failed': [
    'The head that you hold ({size} entries of {log}) contradicts this file: they cannot both be.',
    '您所持有的头部（{log}，{size} 条）与本文件矛盾：两者不可能同时成立。',
  ],
  'head.newer.unchecked': [
    'The head that you hold ({size} entries of {log}) is newer than the one in this file; ask the house for the proof between them.',
    '您所持有的头部（{log}，{size} 条）比本文件中的更新；请向该机构索取两者之间的证明。',
  ],
  'head.unchecked': [
    'Nothing in this file links the head that you hold ({size} entries of {log}) to its own.',
    '本文件中没有任何内容把您所持有的头部（{log}，{size} 条）与其自身的头部相连。',
  ],
  'head.foreign.unchecked': [
    'You hold a head of {log}, of which nothing is in this file.',
    '您持有 {log} 的头部，而本文件不含该账本的任何内容。',
  ],
  'whole.proved': [
    'The house entered this very bundle, with what is shown of each entry ({entries} in all); none was left out or added later.',
    '该机构登记过的正是本证据包：{entries} 条条目及各自公开的内容；之后没有增减。',
  ],
  'whole.failed': [
    'The house entered this bundle with other contents: something was left out, added or shown differently.',
    '该机构登记的本证据包内容与此不同：有内容被删去、增加或以不同方式公开。',
  ],
  'whole.unchecked': [
    'No entry says what the house put into this bundle, so something may have been left out.',
    '没有条目说明该机构把什么放入了本证据包，因此可能有内容被删去。',
  ],
  'time.unchecked': [
    'The times are those of the house’s own clock; nothing in this file bounds them from outside.',
    '时间来自该机构自己的时钟；本文件中没有外部时间证明。',
  ],
  'others.unchecked': [
    'Whether the ledger holds further entries about the same matter is not part of this file.',
    '账本中是否还有关于同一事项的其他条目，不在本文件范围之内。',
  ],
  'first.proved': ['The first file contradicts nothing in itself.', '第一个文件自身没有矛盾。'],
  'first.failed': ['The first file is changed: {where}.', '第一个文件已改动：{where}。'],
  'second.proved': ['The second file contradicts nothing in itself.', '第二个文件自身没有矛盾。'],
  'second.failed': ['The second file is changed: {where}.', '第二个文件已改动：{where}。'],
  'agreement.proved': [
    'Both files show one history of {log}: the head of {size} entries is the beginning of the other.',
    '两个文件显示 {log} 的同一历史：{size} 条时的头部是另一个头部的开头。',
  ],
  'agreement.failed': [
    'The files show two histories of {log} under the same key: their heads cannot both be.',
    '两个文件以同一密钥显示 {log} 的两种历史：两个头部不可能同时成立。',
  ],
  'agreement.key.unchecked': [
    'The files show two histories of {log}, but not under one key that you know; give the anchor card.',
    '两个文件显示 {log} 的两种历史，但无法确认出自同一密钥；请提供锚定卡。',
  ],
  'agreement.unchecked': [
    'Nothing in the files contradicts about {log}, and nothing links their heads; ask the house for the proof between them.',
    '关于 {log}，两个文件没有矛盾，也没有把两个头部相连的内容；请向该机构索取两者之间的证明。',
  ],
  'agreement.none.unchecked': ['The files have no log in common.', '两个文件没有共同的账本。'],
  'fraud.proved': [
    'Two heads of {log} are signed by one key ({key}) and cannot both be.',
    '{log} 的两个头部由同一密钥（{key}）签名，两者不可能同时成立。',
  ],
  'owner.proved': ['That key is the one on your anchor card.', '该密钥就是您的锚定卡上的密钥。'],
  'owner.unchecked': [
    'Whose key that is, no anchor of your own says; anybody can do so with a key of theirs.',
    '该密钥属于谁，您自己没有可对照的锚定；任何人都可以用自己的密钥这样做。',
  ],
} as const satisfies Record<string, readonly [en: string, zh: string]>;

const PLACES = {
  'place.byte': ['byte {byte}', '第 {byte} 字节'],
  'place.file': ['{file}', '{file}'],
  'place.entry': ['entry {index} of {log}', '{log} 第 {index} 条'],
  'place.group': ['{group}', '{group}'],
  'place.field': ['field {field}', '字段 {field}'],
  'place.proof': ['its proof', '其证明'],
  'place.signature': ['signature of {log}', '{log} 的签名（signature）'],
  'place.head': ['head of {size} entries of {log}', '{log} 的 {size} 条头部'],
  'place.whole': ['the list of entries in the bundle', '证据包的条目清单'],
  'place.shape': ['the text of the receipt', '回执文本'],
  'group.0': ['organisation', '机构组'],
  'group.1': ['subject', '主体组'],
  'group.2': ['actor', '操作者组'],
  'group.3': ['third person', '第三人组'],
  'group.4': ['case', '案件组'],
  'group.other': ['unused group', '未用组'],
} as const satisfies Record<string, readonly [en: string, zh: string]>;

export type Key = keyof typeof CHECKS;
export type PlaceKey = keyof typeof PLACES;

const WORDS: Readonly<Record<Key | PlaceKey, readonly [en: string, zh: string]>> = { ...CHECKS, ...PLACES };

/** Every key of a check, for a page that wants to know that it has them all. */
export const CHECK_KEYS = Object.keys(CHECKS) as readonly Key[]; // the keys of the object above, no others

/** The sentence of a key with its facts filled in. What comes out of a file is shown as text, whatever is in it. */
export function sentence(language: Language, key: Key | PlaceKey, facts: WordFacts = {}): string {
  const template: string = WORDS[key][language === 'zh' ? 1 : 0];
  return template.replace(/\{(\w+)\}/g, (_, name: string) => visible(String(facts[name] ?? '')));
}

/** Control, format and direction characters as \u{…}, so that text from a file cannot pose as text of ours. */
export const visible = (value: string): string =>
  value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
