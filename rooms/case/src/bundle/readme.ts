import { type Id, type Instant, rfc3339 } from '@visor/record';

export interface ReadmeFacts {
  readonly id: Id<'bnd'>;
  readonly made: Instant;
  readonly entries: number;
  readonly logs: readonly { readonly origin: string; readonly size: number; readonly entries: number }[];
}

/** README.txt: for the person who gets the file and has never heard of Visor. Made from the contents alone, so it is checked too. */
export function readmeOf(facts: ReadmeFacts): string {
  return `${english(facts)}\n${'='.repeat(72)}\n\n${chinese(facts)}`;
}

const english = ({ id, made, entries, logs }: ReadmeFacts): string => `Visor evidence bundle ${id}
made ${rfc3339(made)} (by the clock of the house that made it)

WHAT THIS IS
${entries} records ("entries") of what was done with face data, taken from:
${logs.map(({ origin, size, entries }) => `  ${origin}: ${entries} of its first ${size} entries`).join('\n')}
Every entry comes with a proof that it stands in a ledger whose head was
signed. Some fields are shown and some are withheld; a withheld field is
fixed as well: it cannot be changed later, it is only not shown here.

HOW TO CHECK IT
1. Get the anchor card of the house by another way than this file: from the
   house's notice, a court order, a register, or the person who handed it over.
2. Without any network:   visor verify THIS-FILE --trust ANCHOR-CARD
3. The answer is one of three. UNCHANGED: these are the records that were
   signed. CHANGED: they are not, and it says where. CANNOT TELL: something
   needed for an answer is missing, and it says what.
Without an anchor of your own the best answer is CANNOT TELL: a file cannot
vouch for itself. By hand: manifest.json lists the SHA-256 of every other file;
heads/*.note are signed checkpoints (C2SP tlog-checkpoint, Ed25519); entries.json
holds RFC 6962 inclusion proofs, consistency/*.json consistency proofs.

WHAT IT CANNOT SAY
That what an entry records is true. Times are those of the house's own clock.
Whether other entries about the same person or case stand in the ledger.
`;

const chinese = ({ id, made, entries, logs }: ReadmeFacts): string => `Visor 证据包 ${id}
制作时间 ${rfc3339(made)}（以制作方自己的时钟为准）

这是什么
${entries} 条关于人脸数据处理活动的记录（“条目”），取自：
${logs.map(({ origin, size, entries }) => `  ${origin}：前 ${size} 条中的 ${entries} 条`).join('\n')}
每条记录都附有证明，证明它在一本账本中，而该账本的头部已被签名。
有的字段已公开，有的字段被保留不公开；被保留的字段同样已被固定：
日后无法更改，只是没有在此显示。

如何核验
1. 从本文件以外的途径取得该机构的锚定卡：机构公告、法院文书、登记机关，
   或当面交付的人。
2. 不需要网络：   visor verify 本文件 --trust 锚定卡
3. 结论只有三种。未改动（UNCHANGED）：这些就是当时签名的记录。已改动
   （CHANGED）：不是，并指出位置。无法判断（CANNOT TELL）：缺少作出判断
   所需的东西，并说明缺什么。
没有您自己的锚定卡时，最好的结论也只是“无法判断”：文件不能为自己作保。
手工核验：manifest.json 列出其他每个文件的 SHA-256；heads/*.note 是已签名的
检查点（C2SP tlog-checkpoint，Ed25519）；entries.json 含 RFC 6962 包含证明，
consistency/*.json 含一致性证明。

它不能说明什么
条目所记的内容是否属实。时间来自该机构自己的时钟。
账本中是否还有关于同一人或同一案件的其他条目。
`;
