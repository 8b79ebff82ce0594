/**
 * Shrinking on real clusters, where failing takes luck: how often the plans so far failed says how many
 * runs a smaller one gets before it counts as harmless.
 */
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '../checkers/verdict.ts';
import type { RunFolder } from '../history/store.ts';
import { diagramRun } from './diagram-run.ts';
import type { FuzzResult } from './fuzz-run.ts';
import type { Plan } from './plan.ts';
import { readRun } from './read-run.ts';
import { rerun, worldOf } from './rerun.ts';
import { type ExplicitPlan, explicit } from './shrink-plan.ts';
import type { Shown, Trial } from './shrink-trial.ts';

export interface RealTrialOptions {
  readonly system: string | undefined;
  /** How often a plan is run before it counts as harmless, while little is known of its luck. */
  readonly tries: number;
  readonly over: () => boolean;
  readonly interrupt: AbortSignal;
  readonly abort: AbortSignal;
}

/** A plan that fails as the ones before it did is taken for harmless once in so many times. */
const MISSED = 0.1;
/** The first plan gets so many times the usual tries: without its failure there is nothing to shrink. */
const FIRST = 3;

export class RealTrial implements Trial {
  tries = 0;
  readonly #anomaly: string;
  readonly #into: RunFolder;
  readonly #o: RealTrialOptions;
  /** The last run that failed, and how often its plan did. */
  #failed: { readonly dir: string; failures: number; tries: number } | undefined;
  /** The same of all plans that failed. */
  #failures = 0;
  #runs = 0;

  constructor(anomaly: string, into: RunFolder, options: RealTrialOptions) {
    this.#anomaly = anomaly;
    this.#into = into;
    this.#o = options;
  }

  async attempt(plan: ExplicitPlan): Promise<ExplicitPlan | undefined> {
    const most =
      this.#failed === undefined
        ? this.#o.tries * FIRST
        : triesFor(this.#failures, this.#runs, this.#o.tries);
    for (let tries = 1; tries <= most && !this.#o.over(); tries++) {
      // One cluster at a time: others would slow it down.
      // eslint-disable-next-line no-await-in-loop
      const failed = await this.#try(plan);
      if (failed === undefined) continue;
      this.#failed = { dir: failed.folder.dir, failures: 1, tries };
      this.#failures++;
      this.#runs += tries;
      return plan;
    }
    return undefined;
  }

  /** Clients that answer to what they see: each run makes other operations, and they may show it again. */
  async again(plan: Plan): Promise<ExplicitPlan | undefined> {
    for (let i = 1; i <= this.#o.tries && !this.#o.over(); i++) {
      // eslint-disable-next-line no-await-in-loop
      const failed = await this.#try(plan);
      const candidate = failed && explicit(plan, failed.history.events);
      // eslint-disable-next-line no-await-in-loop
      const found = candidate && (await this.attempt(candidate));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async show(plan: ExplicitPlan, into: RunFolder): Promise<Shown> {
    const failed = this.#failed;
    if (failed === undefined) throw new Error('nothing is shown that has not failed');
    while (failed.tries < this.#o.tries && !this.#o.over()) {
      // eslint-disable-next-line no-await-in-loop
      if ((await this.#try(plan)) !== undefined) failed.failures++;
      failed.tries++;
    }
    await cp(failed.dir, into.dir, { recursive: true });
    await rm(join(into.dir, 'tries'), { recursive: true, force: true });
    const { results } = await readRun(into.dir, into.dir);
    const why = results?.anomalies[0]?.why ?? '';
    const svg = join(into.dir, 'diagram.svg');
    const asked = { cluster: undefined, key: undefined, fromMs: undefined, toMs: undefined };
    const drawn = await diagramRun({
      ...asked,
      run: into.dir,
      store: into.dir,
      all: false,
      rows: undefined,
      svg,
    });
    const text = join(into.dir, 'diagram.txt');
    await writeFile(text, `${drawn.text}\n${why}\n`);
    return {
      reproduction: { failures: failed.failures, tries: failed.tries },
      steps: null,
      why,
      diagram: drawn.text,
      files: { plan: into.plan, history: into.history, text, svg },
    };
  }

  /** Runs it once; undefined: it does not fail as it should. */
  async #try(plan: Plan): Promise<FuzzResult | undefined> {
    this.tries++;
    const { system, interrupt, abort } = this.#o;
    const result = await rerun(await worldOf(plan, system), plan, {
      store: join(this.#into.dir, 'tries'),
      keep: 'never',
      allowMissingFaults: true,
      check: { timeLimitS: 60, memoryMb: undefined },
      trace: true,
      interrupt,
      abort,
    });
    if (isLike(result.verdict, this.#anomaly)) return result;
    await rm(result.folder.dir, { recursive: true, force: true });
    return undefined;
  }
}

/**
 * So many that a plan which fails as often as those before it, `failures` times in `runs`, is hardly ever
 * missed; within reason.
 */
export function triesFor(failures: number, runs: number, usual: number): number {
  const rate = (failures + 1) / (runs + 2);
  return Math.min(Math.ceil(Math.log(MISSED) / Math.log(1 - rate)), usual * FIRST);
}

/** What does not say what clients saw; each is a failure of its own. */
const INSIDE: ReadonlySet<string> = new Set(['crash', 'stuck', 'invariant', 'log-pattern']);

/** Luck decides in which of its ways a wrong value shows: any of them will do. */
export function isLike(verdict: Verdict, anomaly: string): boolean {
  if (verdict.valid !== false) return false;
  const kind = (type: string): string => (INSIDE.has(type) ? type : 'seen');
  return verdict.anomalies.some(({ type }) => kind(type) === kind(anomaly));
}
