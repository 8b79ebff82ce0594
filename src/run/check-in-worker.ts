/**
 * Checks a history off the recorder's thread, within limits of time and memory: a check that exceeds
 * them is ended, and the verdict is unknown. Only what a few steps decide is checked at once.
 */
import { statSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../base/user-error.ts';
import type { CheckRequest } from '../checkers/check.ts';
import type { CheckProgress } from '../checkers/linearizable.ts';
import type { Invalid, Unknown, Verdict } from '../checkers/verdict.ts';
import type { History } from '../history/event.ts';
import type { ColumnMap } from '../history/formats/csv-events.ts';
import type { Independent } from '../history/independent.ts';
import { KeyHelpers, withHeap } from './key-helpers.ts';
import type { KeyShare } from './key-share.ts';
import type { TeamNews } from './key-team.ts';
import { isPath } from './user-modules.ts';

export interface CheckJob {
  readonly path: string;
  /** Without functions: it is copied to the worker. */
  readonly request: Omit<CheckRequest, 'model' | 'onProgress'> & {
    /** Regular expressions that no line of the nodes' logs beside the history may match. */
    readonly logPatterns?: readonly string[] | undefined;
  };
  /** Paths of files with checkers of the user's; they judge beside the built-in ones asked for. */
  readonly ownCheckers?: readonly string[] | undefined;
  /** Neither the linearization nor planted violations are asked for. */
  readonly verdictOnly?: boolean | undefined;
  /** Are keys in the values of the operations (`[key value]`)? Default: by their shape, in foreign files. */
  readonly independent?: Independent | undefined;
  /** The file is a table: which column is what. */
  readonly map?: ColumnMap | undefined;
  /** A built-in model, or the path of a file with one. Default: the history's, else by its operations. */
  readonly model?: string | undefined;
}

export interface CheckLimits {
  /** Wall-clock seconds; undefined: none. */
  readonly timeLimitS: number | undefined;
  /** Megabytes of heap; undefined: Node's own limit. */
  readonly memoryMb: number | undefined;
  /** Threads that judge the keys of one history, where that pays. Default: as many as there are cores. */
  readonly workers?: number | undefined;
}

export interface Checked {
  readonly verdict: Verdict;
  /** What reading had to say, and how the model was chosen. */
  readonly notes: readonly string[];
  /** Of the history only what a report of the verdict shows. */
  readonly shown: History;
}

/** What the worker is told. */
export type CheckTask =
  /** With the help of at most so many threads. */
  | { readonly type: 'check'; readonly job: CheckJob; readonly helpers: number }
  | { readonly type: 'news'; readonly news: TeamNews };

/** What the worker says. */
export type CheckAnswer =
  | ({ readonly type: 'checked' } & Checked)
  | { readonly type: 'progress'; readonly progress: CheckProgress }
  /** So many other threads may judge keys of it. */
  | { readonly type: 'help'; readonly share: KeyShare; readonly count: number }
  | { readonly type: 'refused'; readonly message: string; readonly hint: string | undefined };

/** The verdict alone. A check that broke is `unknown`; throws a `UserError` for a file that is no history. */
export async function checkInWorker(job: CheckJob, limits: CheckLimits): Promise<Verdict> {
  return (await checkFile(job, limits)).verdict;
}

/** A check that broke is `unknown`; throws a `UserError` for what the user can mend (file, model). */
export async function checkFile(job: CheckJob, limits: CheckLimits): Promise<Checked> {
  const checker = new FileChecker(limits);
  try {
    return await checker.check(job);
  } finally {
    await checker.close();
  }
}

/**
 * Checks one file after the other in one worker; one that breaks or is ended is replaced. `soon`: small
 * files need no worker, since starting one takes longer. Default: true.
 */
export class FileChecker {
  readonly #limits: CheckLimits;
  readonly #soon: boolean;
  #worker: Worker | undefined;
  #helpers: KeyHelpers | undefined;

  constructor(limits: CheckLimits, { soon = true } = {}) {
    this.#limits = limits;
    this.#soon = soon;
  }

  /** One at a time. A check that broke is `unknown`; throws a `UserError` as `checkFile` does. */
  async check(job: CheckJob): Promise<Checked> {
    const answer = this.#soon && isSmall(job) ? await checkHere(job) : undefined;
    return answer ?? this.#checkThere(job);
  }

  async #checkThere(job: CheckJob): Promise<Checked> {
    const worker = (this.#worker ??= startWorker(this.#limits));
    const { timeLimitS, workers = availableParallelism() } = this.#limits;
    const tell = (task: CheckTask): void => worker.postMessage(task);
    let timer: NodeJS.Timeout | undefined;
    let reported: CheckProgress | undefined;
    let found: Invalid | undefined;
    const progress = (): CheckProgress | undefined => {
      const shared = this.#helpers?.progress();
      return shared?.event === undefined ? (reported ?? shared) : shared;
    };
    let usable = false;
    const late = new Promise<Checked>((resolve) => {
      if (timeLimitS === undefined) return;
      timer = setTimeout(() => resolve(tooLate(timeLimitS, progress())), timeLimitS * 1000);
    });
    const answer = new Promise<Checked>((resolve, reject) => {
      worker.on('message', (message: CheckAnswer) => {
        if (message.type === 'progress') {
          reported = message.progress;
          found = reported.found ?? found;
        } else if (message.type === 'help')
          this.#helpers = new KeyHelpers(message, this.#limits.memoryMb, (news) =>
            tell({ type: 'news', news }),
          );
        else {
          usable = true;
          if (message.type === 'checked') resolve(message);
          else reject(new UserError(message.message, message.hint));
        }
      });
      worker.once('error', (error: NodeJS.ErrnoException) => resolve(broken(error, progress())));
      worker.once('exit', (code) =>
        resolve(undecided('crashed-check', `The check ended without an answer (code ${code}).`)),
      );
    });
    tell({ type: 'check', job, helpers: workers - 1 });
    try {
      const checked = await Promise.race([answer, late]);
      return usable ? checked : cutShort(checked, found, 1 + (this.#helpers?.count ?? 0));
    } finally {
      clearTimeout(timer);
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      if (usable) await this.#endHelpers();
      else await this.close();
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await Promise.all([worker?.terminate(), this.#endHelpers()]);
  }

  async #endHelpers(): Promise<void> {
    const helpers = this.#helpers;
    this.#helpers = undefined;
    await helpers?.end();
  }
}

/** What a check may use where nobody said otherwise: a quarter of the machine. */
export const MEMORY_MB = Math.floor(totalmem() / 4 / 2 ** 20);

/** Files up to this size, in bytes, are first tried without a worker. */
const SMALL = 1 << 16;
/** What gzip saves of a history, at least mostly. */
const PACKED = 8;
/** Steps that such a try may take for each key: some hundredths of a second. */
const FEW_STEPS = 30_000;

/** Only code of ours may run here: it counts its steps, and one of the user's may never end. */
function isSmall({ path, model, ownCheckers = [], request }: CheckJob): boolean {
  if ((model !== undefined && isPath(model)) || ownCheckers.length > 0) return false;
  if (request.logPatterns !== undefined) return false;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return size * (path.endsWith('.gz') ? PACKED : 1) <= SMALL;
}

/** The answer, if few steps are enough for one; undefined: it is one for a worker, with its limits. */
async function checkHere(job: CheckJob): Promise<Checked | undefined> {
  const { checkJob } = await import('./check-job.ts');
  const { request } = job;
  const steps = Math.min(FEW_STEPS, request.limits?.steps ?? FEW_STEPS);
  const limits = { ...request.limits, steps };
  const checked = await checkJob({ ...job, request: { ...request, limits } });
  const { verdict } = checked;
  const gaveUp = verdict.valid === 'unknown' && GAVE_UP.includes(verdict.reason);
  return gaveUp ? undefined : checked;
}

const GAVE_UP: readonly string[] = [
  'budget',
  'memory',
  'crashed-check',
] satisfies Unknown['reason'][];

function startWorker({ memoryMb }: CheckLimits): Worker {
  const entry = new URL(`./check-worker${extname(import.meta.url)}`, import.meta.url);
  return new Worker(entry, withHeap(memoryMb));
}

function tooLate(timeLimitS: number, progress: CheckProgress | undefined): Checked {
  return undecided(
    'time',
    `The check hit its limit of ${timeLimitS} s.${placeText(progress)} Try a longer time limit, or a run with fewer clients per key (--keys).`,
    placeOf(progress),
  );
}

function broken(error: NodeJS.ErrnoException, progress: CheckProgress | undefined): Checked {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY')
    return undecided('crashed-check', `The check broke: ${error.message}`);
  return undecided(
    'memory',
    `The check ran out of memory.${placeText(progress)} Give it more, or use fewer clients per key (--keys).`,
    placeOf(progress),
  );
}

/** Where the check was when it was ended, as a sentence with a blank before it. */
function placeText(progress: CheckProgress | undefined): string {
  if (progress?.event === undefined) return '';
  const { key, event, width } = progress;
  const where = key === undefined ? 'The' : `At key ${key} the`;
  return ` ${where} search had not passed the operation of event ${event}, where ${width} were open at once.`;
}

function placeOf(progress: CheckProgress | undefined): Partial<Unknown> {
  if (progress === undefined) return {};
  const { done, of, key, event, width } = progress;
  return {
    keys: of,
    detail: {
      decided: done,
      ...(key !== undefined && { key }),
      ...(event !== undefined && { event, width: width ?? 0 }),
    },
  };
}

/** A check that was ended, and the threads that were at it. What was found before stands. */
function cutShort(
  { verdict, notes, shown }: Checked,
  found: Invalid | undefined,
  workers: number,
): Checked {
  if (found === undefined) return { verdict: { ...verdict, workers }, notes, shown };
  const why = verdict.valid === 'unknown' ? [verdict.why] : [];
  return { verdict: { ...found, workers }, notes: [...notes, ...why], shown };
}

function undecided(reason: Unknown['reason'], why: string, more: Partial<Unknown> = {}): Checked {
  return {
    verdict: { valid: 'unknown', reason, why, checker: 'none', operations: 0, keys: 0, ...more },
    notes: [],
    shown: { header: { hermes: 1 }, events: [], nemesis: [] },
  };
}
