import { createHash } from 'node:crypto';
import type { House } from '../house/house.ts';

const STYLE = `:root{color-scheme:light dark;--ink:#1c2430;--soft:#5a6575;--line:#d9dee6;--ground:#fbfbfa;--mark:#0f6b5c}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a2abb8;--line:#353d49;--ground:#14181e;--mark:#5fc9b5}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,"Noto Sans CJK SC","Noto Sans SC",sans-serif}
main{max-width:42rem;margin:0 auto;padding:12vh 1.25rem 4rem}
h1{font-size:2rem;line-height:1.25;margin:0 0 .5rem;letter-spacing:-.01em}
p.lead{font-size:1.1rem;color:var(--soft);margin:0 0 2.5rem}
h2{font-size:1rem;margin:2.25rem 0 .5rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1.25rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;overflow-x:auto;font:14px/1.5 ui-monospace,monospace}
.note{border-left:3px solid var(--mark);padding-left:1rem;color:var(--soft)}`;

export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
} as const;

const WORDS = {
  en: {
    lang: 'en',
    lead: 'Keeps face data under seal, lets in only those who may, and hands a court a proof that anyone can check.',
    runs: 'What runs',
    version: 'Visor',
    database: 'Database',
    ledger: 'Ledger',
    keeper: 'Keeper',
    faces: 'Face models',
    entries: (n: number) => `${n} entries, every one signed for`,
    embedded: (v: string) => `PostgreSQL ${v}, in this folder`,
    external: (v: string) => `PostgreSQL ${v}, by URL`,
    loaded: (n: number) => `loaded in ${n} processes of their own`,
    started: 'runs in a process of its own',
    see: 'See it work',
    seeText:
      'People who do not exist are enrolled; the right one is let in; a record is damaged, and the damage is named. About a minute:',
    use: 'Use it',
    useText: 'Make a site and its key, which is shown once; with it an app calls the API under /v1:',
    keys: 'The keys of this house lie on the same disk as what they seal. SECURITY.md says what that means.',
  },
  zh: {
    lang: 'zh-CN',
    lead: '封存人脸数据，只放行有权的人，并向法院交出任何人都能核验的证明。',
    runs: '正在运行',
    version: 'Visor',
    database: '数据库',
    ledger: '账本',
    keeper: '密钥保管进程',
    faces: '人脸模型',
    entries: (n: number) => `${n} 条记录，每条都已签名`,
    embedded: (v: string) => `PostgreSQL ${v}，在本数据目录内`,
    external: (v: string) => `PostgreSQL ${v}，通过网址连接`,
    loaded: (n: number) => `已在 ${n} 个独立进程中载入`,
    started: '在独立进程中运行',
    see: '看它如何工作',
    seeText: '登记几位并不存在的人；放行对的人；损坏一条记录，并指出损坏在哪里。大约一分钟：',
    use: '开始使用',
    useText: '创建一个站点及其密钥（只显示一次）；应用凭它调用 /v1 下的接口：',
    keys: '本机构的密钥与它们所封存的数据在同一块磁盘上。其含义见 SECURITY.md。',
  },
} as const;

/** A plain page until the console exists: what runs, and the command that shows it working. */
export function firstPage(house: House, acceptLanguage: string): string {
  const w = /^\s*zh\b/i.test(acceptLanguage) ? WORDS.zh : WORDS.en;
  const status = house.status();
  const rows: readonly (readonly [string, string])[] = [
    [w.version, status.version],
    [w.database, status.embedded ? w.embedded(status.database) : w.external(status.database)],
    [w.ledger, w.entries(status.entries)],
    [w.keeper, w.started],
    [w.faces, w.loaded(status.faceChildren)],
  ];
  const list = rows.map(([term, what]) => `<dt>${term}</dt><dd>${what}</dd>`).join('');
  return `<!doctype html><html lang="${w.lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Visor</title><style>${STYLE}</style></head><body><main><h1>Visor</h1><p class="lead">${w.lead}</p>
<h2>${w.runs}</h2><dl>${list}</dl>
<h2>${w.see}</h2><p>${w.seeText}</p><pre>./visor drill seal</pre>
<h2>${w.use}</h2><p>${w.useText}</p><pre>./visor key make --site "Example Ltd"</pre>
<p class="note">${w.keys}</p></main></body></html>`;
}
