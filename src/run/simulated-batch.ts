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

export interface SimulatedBatchOptions extends SimulateJob {
  /** A kind of fault that had no effect in any seed does not make the verdict unknown. */
  readonly allowMissingFaults: boolean;
  /** Threads. Default: as many as the machine has cores. */
  readonly workers?: number | undefined;
  /** Begins no further seed; those under way are finished. */
  readonly interrupt: AbortSignal;
  /** Ends at once: the batch throws the signal's reason. */
  readonly abort: AbortSignal;
  /** After each seed. */
  readonly onSeed?: (sofar: SimulatedTotals) => void;
}

/** Sums over the seeds so far. */
export interface SimulatedTotals {
  readonly seeds: number;
  readonly of: number;
  readonly unknown: number;
  readonly operations: number;
  readonly messages: number;
  readonly steps: number;
  readonly simulatedNs: number;
  readonly wallMs: number;
  readonly workers: number;
}

export interface SimulatedBatch {
  /** The worst of all seeds. */
  readonly valid: Verdict['valid'];
  /** In the order of the seeds, up to the one that ended the batch. */
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

/** `seeds` is not empty and ascending. Throws a `UserError` for what a person can mend. */
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
  readonly #found = new Map<number, SimulatedSeed>();
  readonly #began = performance.now();
  readonly #end = Promise.withResolvers<void>();
  #next = 0;
  /** Index of the first seed that ends the batch: none behind it is begun. */
  #stopAt = Infinity;
  #open = 0;
  #totals: Omit<SimulatedTotals, 'of' | 'wallMs' | 'workers'> = {
    seeds: 0,
    unknown: 0,
    operations: 0,
    messages: 0,
    steps: 0,
    simulatedNs: 0,
  };

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
    const workerData: SimulateJob = { request: this.#o.request };
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

  #take(seed: SimulatedSeed): void {
    this.#found.set(seed.seed, seed);
    const { figures, valid } = seed;
    const t = this.#totals;
    this.#totals = {
      seeds: t.seeds + 1,
      unknown: t.unknown + (valid === 'unknown' ? 1 : 0),
      operations: t.operations + figures.operations,
      messages: t.messages + figures.messages,
      steps: t.steps + figures.steps,
      simulatedNs: t.simulatedNs + figures.simulatedNs,
    };
    if (valid === false) this.#stopAt = Math.min(this.#stopAt, this.#seeds.indexOf(seed.seed));
    this.#o.onSeed?.(this.#sums());
  }

  #sums(): SimulatedTotals {
    const wallMs = performance.now() - this.#began;
    return { ...this.#totals, of: this.#seeds.length, wallMs, workers: this.#workers.length };
  }

  /** Over when nothing before the end is open. */
  #checkEnd(): void {
    if (!this.#over()) return;
    const before = this.#seeds.slice(0, Math.min(this.#next, this.#stopAt));
    if (this.#open === 0 || before.every((seed) => this.#found.has(seed))) this.#end.resolve();
  }

  #result(): SimulatedBatch {
    const all = this.#seeds.flatMap((seed) => this.#found.get(seed) ?? []);
    const seeds =
      this.#stopAt === Infinity
        ? all
        : all.filter(({ seed }) => seed <= (this.#seeds[this.#stopAt] as number));
    const bitten = bittenBy(seeds);
    const interrupted = this.#o.interrupt.aborted;
    const toothless =
      this.#o.allowMissingFaults || interrupted
        ? []
        : Object.keys(bitten).filter((kind) => bitten[kind] === 0);
    const doubtful =
      seeds.length === 0 || toothless.length > 0 || seeds.some(({ valid }) => valid === 'unknown');
    const valid = seeds.some((seed) => seed.valid === false) ? false : doubtful ? 'unknown' : true;
    return {
      valid,
      seeds,
      bitten,
      toothless,
      totals: this.#sums(),
      interrupted,
    };
  }
}

function bittenBy(seeds: readonly SimulatedSeed[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { bitten } of seeds)
    for (const [kind, times] of Object.entries(bitten)) sum[kind] = (sum[kind] ?? 0) + times;
  return sum;
}
