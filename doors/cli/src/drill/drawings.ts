import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '@visor/record';
import { atOnce } from './at-once.ts';

export interface Drawn {
  readonly id: string;
  /** JPEG; the first one is for enrolment. */
  readonly pictures: readonly Uint8Array[];
}

/** Drawings of people who do not exist, the same ones every time. */
export async function drawPeople(people: number, times: number, threads: number): Promise<Drawn[]> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./draw-worker.ts', import.meta.url)));
  const free = [...workers];
  try {
    return await atOnce(Array.from({ length: people }), threads, async (_nothing, index) => {
      const worker = free.pop();
      if (worker === undefined) throw new Fault('drill', 'No thread is free to draw.');
      worker.postMessage({ index, times });
      const [drawn] = (await once(worker, 'message')) as [Drawn]; // the worker beside this file sends nothing else
      free.push(worker);
      return drawn;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
