/**
 * Checks a history off the recorder's thread, within limits of time and memory: a check that exceeds
 * them is ended, and the verdict is unknown.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CheckRequest } from '../checkers/check.ts';
import type { Unknown, Verdict } from '../checkers/verdict.ts';

export interface CheckJob {
  readonly path: string;
  readonly request: CheckRequest;
}

export interface CheckLimits {
  /** Wall-clock seconds; undefined: none. */
  readonly timeLimitS: number | undefined;
  /** Megabytes of heap; undefined: Node's own limit. */
  readonly memoryMb: number | undefined;
}

/** Resolves always: a check that broke is `unknown`. */
export async function checkInWorker(job: CheckJob, limits: CheckLimits): Promise<Verdict> {
  const entry = new URL(`./check-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, {
    workerData: job,
    ...(limits.memoryMb !== undefined && {
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
    }),
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    if (limits.timeLimitS === undefined) return;
    const why = `The check hit its limit of ${limits.timeLimitS} s. Try a longer one, or fewer clients per key (--keys).`;
    timer = setTimeout(() => resolve(undecided('time', why)), limits.timeLimitS * 1000);
  });
  const answer = new Promise<Verdict>((resolve) => {
    worker.once('message', (verdict: Verdict) => resolve(verdict));
    worker.once('error', (error: NodeJS.ErrnoException) => resolve(broken(error)));
    worker.once('exit', (code) =>
      resolve(undecided('crashed-check', `The check ended without an answer (code ${code}).`)),
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function broken(error: NodeJS.ErrnoException): Unknown {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return undecided(
      'memory',
      'The check ran out of memory. Give it more, or use fewer clients per key (--keys).',
    );
  }
  return undecided('crashed-check', `The check broke: ${error.message}`);
}

function undecided(reason: Unknown['reason'], why: string): Unknown {
  return { valid: 'unknown', reason, why, checker: 'none', operations: 0, keys: 0 };
}
