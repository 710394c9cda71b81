import type { Language } from '../context.ts';

/** The story of the drill, in words that a clerk can follow. */
const WORDS = {
  en: {
    title: 'Drill: seal. The people here are drawn; none of them exists.',
    house: 'A house of its own was started for this drill, on this machine only.',
    drawn: (n: number, m: number) => `${n} people were drawn, ${m} pictures in all.`,
    enrolled: (n: number) =>
      `${n} people consented to one purpose, and their faces were sealed for it. Every act left an entry in the ledger.`,
    genuine: (ok: number, n: number) => `The right person came back ${n} times and was let in ${ok} times.`,
    impostor: (ok: number, n: number) => `Somebody else tried ${n} times and was let in ${ok} times.`,
    scores: (min: number, max: number, threshold: number) =>
      `All pairs of pictures, scored: the same person never below ${min}, two people never above ${max}; the line is at ${threshold}.`,
    wrongPurpose: 'The same face was asked for under another purpose: refused, for there is no key for it.',
    opened: 'One face was opened, with a reason. The intention was in the ledger before the key was given out.',
    bundle: (n: number) => `A bundle of ${n} entries was made, and the anchor card was copied aside before.`,
    unchanged: 'The offline verifier, with the anchor card, says:',
    withoutAnchor: 'Without the card it says:',
    damaged: 'One byte of the bundle was damaged. Now it says:',
    where: (where: string) => `and names the place: ${where}.`,
    raw: (mib: number) =>
      `The house was stopped and everything it left on disk was searched, ${mib} MiB: no face, no template, no name in any form.`,
    rawFound: (n: number) =>
      `The house was stopped and everything it left on disk was searched: ${n} things were FOUND that must not be there.`,
    canary: 'What had been planted there on purpose was found by the same search.',
    noCanary: 'But what had been planted there on purpose was NOT found: the search proves nothing.',
    end: (seconds: number) =>
      `Done in ${seconds} s. The drill proves that the code works, not how accurate it is on real people.`,
    kept: (folder: string) =>
      `Bundle, anchor card and house are kept in ${folder}; change a byte yourself and run ./visor verify.`,
  },
  zh: {
    title: '演练：封存。这里的人都是画出来的，没有一个真实存在。',
    house: '为本次演练单独启动了一个机构，只在本机运行。',
    drawn: (n: number, m: number) => `画了 ${n} 个人，共 ${m} 张图片。`,
    enrolled: (n: number) => `${n} 个人就一个目的表示同意，他们的人脸为该目的封存。每个动作都在账本中留下一条记录。`,
    genuine: (ok: number, n: number) => `本人来了 ${n} 次，放行 ${ok} 次。`,
    impostor: (ok: number, n: number) => `其他人试了 ${n} 次，放行 ${ok} 次。`,
    scores: (min: number, max: number, threshold: number) =>
      `所有图片两两比对：同一个人从不低于 ${min}，不同的人从不高于 ${max}；判定线为 ${threshold}。`,
    wrongPurpose: '以另一个目的请求同一张人脸：被拒绝，因为不存在对应的密钥。',
    opened: '打开了一张人脸，并说明了理由。在交出密钥之前，打开的意图已先写入账本。',
    bundle: (n: number) => `制作了一个含 ${n} 条记录的证据包；此前已另存锚定卡。`,
    unchanged: '离线核验程序持锚定卡，结论为：',
    withoutAnchor: '没有锚定卡时，结论为：',
    damaged: '损坏证据包中的一个字节。现在的结论为：',
    where: (where: string) => `并指出位置：${where}。`,
    raw: (mib: number) => `停止该机构并搜索它留在磁盘上的一切，共 ${mib} MiB：没有任何形式的人脸、模板或姓名。`,
    rawFound: (n: number) => `停止该机构并搜索它留在磁盘上的一切：发现 ${n} 处不应存在的内容。`,
    canary: '事先故意放入的标记被同一搜索找到。',
    noCanary: '但事先故意放入的标记没有被找到：这次搜索不能证明任何事。',
    end: (seconds: number) => `完成，用时 ${seconds} 秒。演练证明代码有效，不证明对真实的人有多准确。`,
    kept: (folder: string) => `证据包、锚定卡和该机构保存在 ${folder}；请自行改动一个字节，再运行 ./visor verify。`,
  },
} as const;

export type DrillWords = (typeof WORDS)['en' | 'zh'];
export const drillWords = (language: Language): DrillWords => WORDS[language];
