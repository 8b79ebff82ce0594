/** The threads that help one that checks a history: started and ended by whoever started that one. */
import { extname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { CheckProgress } from '../checkers/linearizable.ts';
import { type KeyShare, progressOf } from './key-share.ts';
import type { TeamNews } from './key-team.ts';
import type { KeyWork } from './key-worker.ts';

export class KeyHelpers {
  readonly #share: KeyShare;
  readonly #workers: readonly Worker[];

  /** Starts `count` of them on the keys of `share`; what they say goes to `onNews`. */
  constructor(
    { share, count }: { readonly share: KeyShare; readonly count: number },
    memoryMb: number | undefined,
    onNews: (news: TeamNews) => void,
  ) {
    const entry = new URL(`./key-worker${extname(import.meta.url)}`, import.meta.url);
    this.#share = share;
    this.#workers = Array.from({ length: count }, (_, i) => {
      const worker = new Worker(entry, withHeap(memoryMb));
      const thread = i + 1;
      worker.on('message', onNews);
      worker.once('error', (error: NodeJS.ErrnoException) => {
        worker.removeAllListeners();
        onNews(lossOf(thread, error));
      });
      worker.once('exit', (code) =>
        onNews(lossOf(thread, new Error(`it ended with code ${code}`))),
      );
      worker.postMessage({ share, thread } satisfies KeyWork);
      return worker;
    });
  }

  get count(): number {
    return this.#workers.length;
  }

  /** How far all threads have come, the one that they help included. */
  progress(): CheckProgress {
    return progressOf(this.#share);
  }

  async end(): Promise<void> {
    for (const worker of this.#workers) worker.removeAllListeners();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Options of a worker whose heap may be so large. */
export function withHeap(memoryMb: number | undefined): WorkerOptions {
  return memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } };
}

function lossOf(thread: number, error: NodeJS.ErrnoException): TeamNews {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return { type: 'lost', thread, reason: 'memory', why: 'the search ran out of memory.' };
  const why = `the thread that searched it broke: ${error.message}.`;
  return { type: 'lost', thread, reason: 'crashed-check', why };
}
