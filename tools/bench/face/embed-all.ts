import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { NetworkFiles } from '@visor/face/pool';
import { readTar } from '../../tar.ts';
import type { Embedded } from './embed-child.ts';
import { ARCHIVE } from './lfw.ts';

export interface Gallery {
  readonly faces: ReadonlyMap<string, Embedded>; // in memory only: no embedding is ever written
  readonly missed: readonly string[];
  readonly cpuMs: number; //                       a picture, both ways of describing it together
}

/** Describes these pictures of the archive on every core. @throws RangeError when one is not in it. */
export async function embedAll(folder: string, pictures: readonly string[], files: NetworkFiles): Promise<Gallery> {
  const wanted = new Set(pictures);
  const faces = new Map<string, Embedded>();
  const missed: string[] = [];
  const children = await Promise.all(Array.from({ length: availableParallelism() }, () => startChild(files)));
  const source = picturesOf(folder, wanted);
  let cpu = 0;
  const work = async (child: ChildProcess): Promise<void> => {
    let used = { user: 0, system: 0 };
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      const { name, bytes } = next.value;
      child.send({ picture: bytes });
      const [answer] = await once(child, 'message');
      used = answer.cpu;
      if (answer.embedded === undefined) missed.push(name);
      else faces.set(name, answer.embedded);
    }
    cpu += (used.user + used.system) / 1000;
    child.disconnect();
  };
  await Promise.all(children.map(work));
  if (faces.size + missed.length !== wanted.size)
    throw new RangeError('the archive lacks pictures that the protocol names');
  return { faces, missed, cpuMs: cpu / wanted.size };
}

async function startChild(files: NetworkFiles): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'embed-child.ts'), { serialization: 'advanced' });
  child.send({ files });
  await once(child, 'message');
  return child;
}

async function* picturesOf(
  folder: string,
  wanted: ReadonlySet<string>,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  for await (const { name, bytes } of readTar(createReadStream(join(folder, ARCHIVE)))) {
    if (wanted.has(name)) yield { name, bytes };
  }
}
