/**
 * Many seeds of a simulated run, on all cores, up to the first that is invalid: that is the lowest such
 * seed of those that were begun, whichever worker was quicker. One whose verdict is unknown ends nothing.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../base/user-error.ts';
import type { Verdict } from '../checkers/verdict.ts';
import type { SimulateAnswer, SimulateJob } from './simulate-worker.ts';
import type { SimulatedSeed } from './simulated-seed.ts';
import { SimulatedSums, type SimulatedTotals } from './simulated-sums.ts';

export interface SimulatedBatchOptions extends SimulateJob {
  /** A kind of fault that had no effect in any seed does not make the verdict unknown. */
  readonly allowMissingFaults: boolean;
  /** Threads. Default: as many as the machine has cores. */
  readonly workers?: number | undefined;
  /** Begins no further seed; those under way are finished. */
  readonly interrupt: AbortSignal;
  /** Ends at once: the batch throws the signal's reason. */
  readonly abort: AbortSignal;
  /** After each seed, in their order. */
  readonly onSeed?: (sofar: SimulatedTotals) => void;
}

export interface SimulatedBatch {
  /** The worst of all seeds. */
  readonly valid: Verdict['valid'];
  /**
   * In the order of the seeds, up to the one that ended the batch, which is the last; of very many the
   * first thousand and those that are not valid.
   */
  readonly seeds: readonly SimulatedSeed[];
  readonly totals: SimulatedTotals;
  /** Faults that had an effect, by kind. */
  readonly bitten: Readonly<Record<string, number>>;
  /** Kinds of which no fault had an effect in any seed, though some were asked for. */
  readonly toothless: readonly string[];
  /** Begun no further on request. */
  readonly interrupted: boolean;
}

/** Seeds that a worker has before it, so that it never waits. */
const AHEAD = 2;

/** `seeds` is a range, not empty. Throws a `UserError` for what a person can mend. */
export async function simulatedBatch(
  seeds: readonly number[],
  options: SimulatedBatchOptions,
): Promise<SimulatedBatch> {
  const pool = new Pool(seeds, options);
  try {
    return await pool.run();
  } finally {
    await pool.close();
  }
}

class Pool {
  readonly #seeds: readonly number[];
  readonly #o: SimulatedBatchOptions;
  readonly #workers: Worker[] = [];
  /** Found, but not all before it are, by place. */
  readonly #found = new Map<number, SimulatedSeed>();
  readonly #sums = new SimulatedSums();
  readonly #began = performance.now();
  readonly #end = Promise.withResolvers<void>();
  #next = 0;
  /** Place of the first seed that ends the batch: none behind it is begun or counted. */
  #stopAt = Infinity;
  #open = 0;
  /** Seeds whose results are in the sums. */
  #taken = 0;

  constructor(seeds: readonly number[], options: SimulatedBatchOptions) {
    this.#seeds = seeds;
    this.#o = options;
  }

  async run(): Promise<SimulatedBatch> {
    const { interrupt, abort, workers = availableParallelism() } = this.#o;
    const onInterrupt = (): void => this.#checkEnd();
    const onAbort = (): void => this.#end.reject(abort.reason);
    interrupt.addEventListener('abort', onInterrupt, { once: true });
    abort.addEventListener('abort', onAbort, { once: true });
    for (let i = 0; i < Math.min(workers, this.#seeds.length); i++) this.#start();
    this.#checkEnd();
    try {
      await this.#end.promise;
    } finally {
      interrupt.removeEventListener('abort', onInterrupt);
      abort.removeEventListener('abort', onAbort);
    }
    return this.#result();
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): void {
    const entry = new URL(`./simulate-worker${extname(import.meta.url)}`, import.meta.url);
    const { request, logPatterns } = this.#o;
    const workerData: SimulateJob = { request, logPatterns };
    const worker = new Worker(entry, { workerData });
    this.#workers.push(worker);
    worker.on('message', (answer: SimulateAnswer) => {
      this.#open--;
      if (answer.type === 'refused') this.#end.reject(new UserError(answer.message, answer.hint));
      else this.#take(answer.seed);
      this.#give(worker);
      this.#checkEnd();
    });
    worker.on('error', (error) => this.#end.reject(error));
    for (let i = 0; i < AHEAD; i++) this.#give(worker);
  }

  #give(worker: Worker): void {
    if (this.#over()) return;
    this.#open++;
    worker.postMessage(this.#seeds[this.#next++]);
  }

  #over(): boolean {
    const { interrupt, abort } = this.#o;
    return (
      this.#next >= Math.min(this.#seeds.length, this.#stopAt) || interrupt.aborted || abort.aborted
    );
  }

  /** They come in any order, and are counted in their own. */
  #take(seed: SimulatedSeed): void {
    const place = seed.seed - (this.#seeds[0] as number);
    this.#found.set(place, seed);
    if (seed.valid === false) this.#stopAt = Math.min(this.#stopAt, place);
    for (;;) {
      const next = this.#found.get(this.#taken);
      if (next === undefined || this.#taken > this.#stopAt) break;
      this.#found.delete(this.#taken++);
      this.#sums.take(next);
      this.#o.onSeed?.(this.#totals());
    }
  }

  #totals(): SimulatedTotals {
    const wallMs = performance.now() - this.#began;
    return {
      ...this.#sums.totals,
      of: this.#seeds.length,
      wallMs,
      workers: this.#workers.length,
    };
  }

  /** Over when nothing before the end is open. */
  #checkEnd(): void {
    if (this.#over() && (this.#open === 0 || this.#taken > this.#stopAt)) this.#end.resolve();
  }

  #result(): SimulatedBatch {
    const { kept, bitten, valid } = this.#sums;
    const interrupted = this.#o.interrupt.aborted;
    const asked = !this.#o.allowMissingFaults && !interrupted;
    const toothless = asked ? this.#sums.toothless : [];
    return {
      valid: valid === true && toothless.length > 0 ? 'unknown' : valid,
      seeds: kept,
      bitten,
      toothless,
      totals: this.#totals(),
      interrupted,
    };
  }
}
