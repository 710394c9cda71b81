import { writeSync } from 'node:fs';
import { Refusal, text } from '@visor/record';
import { type Frame, frameHead, frameReader } from './frames.ts';
import { type Answer, KIND, LARGEST_REQUEST, type PictureRequest, readRequest, writeAnswer } from './messages.ts';
import type { NetworkFiles } from './networks.ts';

/** Where answers go; requests come on the standard input. What libraries print cannot get in between. */
const ANSWERS = 3;

/** What a child does once its models are loaded. Refusals may be thrown; anything else ends the child. */
export type Work = (request: PictureRequest) => Promise<Exclude<Answer, { kind: 'refused' }>>;

/**
 * The child's side of the pool: takes three model files, loads them, enters its folder, gives up its rights, says that it
 * is ready, and answers one picture after another until the input ends.
 */
export function serveChild(load: (files: NetworkFiles) => Promise<Work>): void {
  const models: Uint8Array[] = [];
  let work: Work | undefined;
  let last: Promise<void> = Promise.resolve();
  const take = async ({ kind, request, body }: Frame): Promise<void> => {
    if (kind === KIND.model) models.push(body);
    else if (kind === KIND.start) {
      const [detect, landmarks, embed] = models.splice(0);
      if (detect === undefined || landmarks === undefined || embed === undefined)
        throw new RangeError('a model is missing');
      work = await load({ detect, landmarks, embed });
      settle(text(body));
      send(KIND.ready, 0, new Uint8Array(0));
    } else if (kind === KIND.picture && work !== undefined) {
      const answer = await answerTo(work, readRequest(body));
      send(answer.kind, request, answer.body);
    } else throw new RangeError('a frame that no child takes');
  };
  const read = frameReader(LARGEST_REQUEST, (frame) => {
    last = last.then(() => take(frame));
  });
  process.stdin.on('data', read);
  process.stdin.on('end', () => process.exit(0));
}

async function answerTo(work: Work, request: PictureRequest): Promise<{ kind: number; body: Uint8Array }> {
  try {
    return writeAnswer(await work(request));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return writeAnswer({ kind: 'refused', refusal: error });
  }
}

/** @param orders `folder\0uid\0gid`; empty ids keep the user. Ends the child when it cannot give up its rights. */
function settle(orders: string): void {
  const [folder, uid, gid] = orders.split('\0');
  if (folder) process.chdir(folder);
  if (!uid || !gid) return;
  process.setgroups!([]);
  process.setgid!(Number(gid));
  process.setuid!(Number(uid));
  if (process.getuid!() !== Number(uid) || process.getgid!() !== Number(gid))
    throw new Error('the child kept its rights');
}

function send(kind: number, request: number, body: Uint8Array): void {
  for (const part of [frameHead(kind, request, body.length), body]) {
    for (let at = 0; at < part.length; ) at += writeSync(ANSWERS, part, at);
  }
}
