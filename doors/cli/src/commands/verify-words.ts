/** What `verify` says around the verifier's own sentences. */
export const VERIFY_WORDS = {
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
    fraud: (file: string) => `The proof that one key signed two histories is in ${file}; it needs nobody's word.`,
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
    meaning: '“未改动”是指这些记录自其头部签署以来没有被改过，并不说明记录的内容属实。',
    anchor: '要得到结论，请用 --trust 文件 给出您自己保存的锚定卡，而不是随证据包一起收到的那张。',
    fraud: (file: string) => `同一密钥签署了两份历史的证明已写入 ${file}；它不依赖任何人的说法。`,
  },
} as const;
