/**
 * `hermes shrink RUN`: the smallest plan that still fails as the run did, its reproduction rate, and a
 * message diagram of what goes wrong. A simulated plan is certain, so that it is shrunk to a fixed point
 * and then step by step; one on a real cluster has luck, so that each candidate gets several tries.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TraceEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { drawSvg } from '../diagram/draw-svg.ts';
import { drawText } from '../diagram/draw-text.ts';
import type { History, HistoryEvent } from '../history/event.ts';
import { readHistory } from '../history/read.ts';
import { type RunFolder, runFolder } from '../history/store.ts';
import { diagramRun } from './diagram-run.ts';
import { readRun } from './read-run.ts';
import { rerun, worldOf } from './rerun.ts';
import {
  type ExplicitPlan,
  explicit,
  onlyKeys,
  type PlanSize,
  shrinkPlan,
  sizeOf,
  until,
} from './shrink-plan.ts';
import { filesOfSteps, shrinkSteps, titleOf } from './shrink-steps.ts';
import { simulatePlan } from './simulate-plan.ts';

export interface ShrinkRequest {
  /** As `locate` takes it. */
  readonly run: string | undefined;
  readonly store: string;
  readonly system: string | undefined;
  /** Real clusters: how often a candidate is run before it counts as harmless. */
  readonly tries: number;
  readonly timeLimitS: number;
  /** A line of progress. */
  readonly note: (line: string) => void;
  /** Aborted: the smallest so far is good enough. */
  readonly interrupt: AbortSignal;
  /** Aborted: clean up now; the promise rejects with its reason. */
  readonly abort: AbortSignal;
}

export interface ShrinkResult {
  readonly run: string;
  /** The anomaly that was kept. */
  readonly anomaly: string;
  readonly before: PlanSize;
  readonly after: PlanSize;
  /** Plans that were run. */
  readonly tries: number;
  readonly reproduction: { readonly failures: number; readonly tries: number };
  /** Simulated: requests, deliveries and timers of the smallest plan, and those that suffice. */
  readonly steps: { readonly before: number; readonly after: number } | null;
  readonly why: string;
  readonly files: Readonly<Record<string, string>>;
  readonly diagram: string;
}

/** Throws a `UserError` where there is nothing to shrink, or the run does not fail again. */
export async function shrinkRun(request: ShrinkRequest): Promise<ShrinkResult> {
  const { folder, plan, results } = await readRun(request.run, request.store);
  const found = results?.valid === false ? mainAnomaly(results.anomalies) : undefined;
  if (found === undefined)
    throw new UserError(
      `${folder.dir} is not known to be invalid: there is nothing to shrink.`,
      'hermes check judges it; hermes fuzz --bug read-while-invalid makes a run that is.',
    );
  const { history } = await readHistory(folder.history);
  const first = explicit(plan, history.events);
  const into = runFolder(join(folder.dir, 'shrunk'));
  await rm(into.dir, { recursive: true, force: true });
  await mkdir(into.dir, { recursive: true });
  const endMs = performance.now() + request.timeLimitS * 1000;
  const over = (): boolean => request.interrupt.aborted || performance.now() > endMs;
  const simulated = plan.sim !== undefined;
  const anomaly = simulated ? await clientsAnomaly(first, found) : found;
  const trial = simulated
    ? new SimulatedTrial(anomaly)
    : new RealTrial(anomaly, into, { ...request, over });
  const start = await trial.attempt(first);
  if (start === undefined) {
    await rm(into.dir, { recursive: true, force: true });
    throw new UserError(
      `the plan of ${folder.dir} did not show "${anomaly}" again in ${trial.tries} tries.`,
      'Try more often: --tries 20.',
    );
  }
  const progress = progressOf(request, trial);
  const best = await shrinkPlan(start, {
    attempt: (candidate) => trial.attempt(candidate),
    hints: hintsOf(results?.evidence ?? []),
    onTry: progress,
    over,
  });
  const shown = await trial.show(best, into);
  await writeFile(into.plan, `${JSON.stringify(best, null, 2)}\n`);
  return {
    run: folder.dir,
    anomaly,
    before: sizeOf(first),
    after: sizeOf(best),
    tries: trial.tries,
    ...shown,
  };
}

/** What a history shows of itself: the key that is wrong, and when that was seen. */
function hintsOf(evidence: readonly HistoryEvent[]): ((plan: ExplicitPlan) => ExplicitPlan)[] {
  if (evidence.length === 0) return [];
  const keys = new Set(evidence.map(({ key }) => key as number));
  return [until(Math.max(...evidence.map(({ time }) => time))), onlyKeys(keys)];
}

/** Without invariants the run goes on, and clients may see what has broken inside. */
async function clientsAnomaly(plan: ExplicitPlan, found: string): Promise<string> {
  if (found !== 'invariant') return found;
  const { verdict } = await simulatePlan(plan, { invariants: 0 });
  return verdict.valid === false ? (mainAnomaly(verdict.anomalies) ?? found) : found;
}

/** What clients saw says more than an invariant that broke inside. */
function mainAnomaly(anomalies: readonly { readonly type: string }[]): string | undefined {
  const types = anomalies.map(({ type }) => type);
  return types.find((type) => type !== 'invariant') ?? types[0];
}

function hasAnomaly(verdict: Verdict, type: string): boolean {
  return verdict.valid === false && verdict.anomalies.some((anomaly) => anomaly.type === type);
}

function progressOf(
  { note }: ShrinkRequest,
  trial: { readonly tries: number },
): (best: ExplicitPlan, smaller: boolean) => void {
  let last = '';
  return (best, smaller) => {
    const text = sizeText(sizeOf(best));
    if (!smaller || text === last) return;
    last = text;
    note(`  after ${trial.tries} tries: ${text}`);
  };
}

/** `2 faults, 5 operations, 1 key, 2 clients, 3 nodes`. */
export function sizeText(size: PlanSize): string {
  const word = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
  return [
    word(size.faults, 'fault'),
    word(size.operations, 'operation'),
    word(size.keys, 'key'),
    word(size.clients, 'client'),
    word(size.nodes, 'node'),
  ].join(', ');
}

type Shown = Pick<ShrinkResult, 'reproduction' | 'steps' | 'why' | 'files' | 'diagram'>;

/** Whatever is left out changes what chance does with the rest: a few other chances for each plan. */
const VARIANTS = 4;
const VARIANT = 7919;
const MOST_STEP_TRIES = 6000;

class SimulatedTrial {
  tries = 0;
  readonly #anomaly: string;
  readonly #invariants: number;

  constructor(anomaly: string) {
    this.#anomaly = anomaly;
    this.#invariants = anomaly === 'invariant' || anomaly === 'crash' ? 1 : 0;
  }

  async attempt(plan: ExplicitPlan): Promise<ExplicitPlan | undefined> {
    for (let i = 0; i < VARIANTS; i++) {
      const variant = i === 0 ? plan : { ...plan, seed: plan.seed + i * VARIANT };
      this.tries++;
      // One after the other: the first that fails is enough.
      // eslint-disable-next-line no-await-in-loop
      const { verdict } = await simulatePlan(variant, { invariants: this.#invariants });
      if (hasAnomaly(verdict, this.#anomaly)) return variant;
    }
    return undefined;
  }

  async show(plan: ExplicitPlan, into: RunFolder): Promise<Shown> {
    const events: TraceEvent[] = [];
    const run = await simulatePlan(plan, {
      invariants: this.#invariants,
      record: true,
      trace: (event) => events.push(event),
    });
    await writeFile(into.history, historyText(run.history));
    await writeFile(into.trace, lines(events));
    const steps = shrinkSteps(plan.protocol, run, {
      maxTries: MOST_STEP_TRIES,
      header: run.history.header,
    });
    const { verdict } = run;
    const anomaly = verdict.valid === false ? verdict.anomalies[0] : undefined;
    const why = steps?.failure.message ?? anomaly?.why ?? '';
    const options = { title: titleOf(plan.protocol, plan.bugs), notes: [why] };
    const drawn =
      steps === undefined
        ? { text: drawText(events, options), svg: drawSvg(events, options), steps: undefined }
        : filesOfSteps(steps);
    const files = { text: join(into.dir, 'diagram.txt'), svg: join(into.dir, 'diagram.svg') };
    await writeFile(files.text, drawn.text);
    await writeFile(files.svg, drawn.svg);
    const stepFile = join(into.dir, 'steps.txt');
    if (drawn.steps !== undefined) await writeFile(stepFile, drawn.steps);
    return {
      reproduction: { failures: 1, tries: 1 },
      steps: steps === undefined ? null : { before: run.steps.length, after: steps.steps.length },
      why,
      diagram: drawn.text,
      files: {
        plan: into.plan,
        history: into.history,
        ...files,
        ...(drawn.steps !== undefined && { steps: stepFile }),
      },
    };
  }
}

class RealTrial {
  tries = 0;
  readonly #anomaly: string;
  readonly #into: RunFolder;
  readonly #request: ShrinkRequest & { readonly over: () => boolean };
  /** The last run that failed, and how often its plan did. */
  #failed:
    | { readonly plan: ExplicitPlan; readonly dir: string; failures: number; tries: number }
    | undefined;

  constructor(
    anomaly: string,
    into: RunFolder,
    request: ShrinkRequest & { readonly over: () => boolean },
  ) {
    this.#anomaly = anomaly;
    this.#into = into;
    this.#request = request;
  }

  async attempt(plan: ExplicitPlan): Promise<ExplicitPlan | undefined> {
    // Without the first failure there is nothing to shrink: it gets more tries.
    const most = this.#request.tries * (this.#failed === undefined ? 3 : 1);
    for (let i = 1; i <= most; i++) {
      if (this.#request.over()) return undefined;
      // One cluster at a time: others would slow it down.
      // eslint-disable-next-line no-await-in-loop
      const dir = await this.#try(plan);
      if (dir === undefined) continue;
      this.#failed = { plan, dir, failures: 1, tries: i };
      return plan;
    }
    return undefined;
  }

  async show(plan: ExplicitPlan, into: RunFolder): Promise<Shown> {
    const failed = this.#failed;
    if (failed === undefined) throw new Error('nothing is shown that has not failed');
    while (failed.tries < this.#request.tries && !this.#request.over()) {
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

  /** Runs it once; the folder of the run if it fails as it should. */
  async #try(plan: ExplicitPlan): Promise<string | undefined> {
    this.tries++;
    const world = await worldOf(plan, this.#request.system);
    const { verdict, folder } = await rerun(world, plan, {
      store: join(this.#into.dir, 'tries'),
      keep: 'never',
      allowMissingFaults: true,
      check: { timeLimitS: 60, memoryMb: undefined },
      trace: true,
      interrupt: this.#request.interrupt,
      abort: this.#request.abort,
    });
    if (hasAnomaly(verdict, this.#anomaly)) return folder.dir;
    await rm(folder.dir, { recursive: true, force: true });
    return undefined;
  }
}

/** As the recorder writes it. */
function historyText({ header, events, nemesis, final = [] }: History): string {
  const all = [...events, ...nemesis, ...final].toSorted((a, b) => a.index - b.index);
  return lines([header, ...all]);
}

function lines(documents: readonly unknown[]): string {
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('');
}
