/**
 * `hermes shrink RUN`: the smallest plan that still fails as the run did, its reproduction rate, and a
 * message diagram of what goes wrong. A simulated plan is certain, so that it is shrunk to a fixed point
 * and then step by step; one on a real cluster has luck, so that each candidate gets several tries.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import type { HistoryEvent } from '../history/event.ts';
import { readHistory } from '../history/read.ts';
import { runFolder } from '../history/store.ts';
import { readRun } from './read-run.ts';
import {
  type ExplicitPlan,
  explicit,
  onlyKeys,
  type PlanSize,
  shrinkPlan,
  sizeOf,
  until,
} from './shrink-plan.ts';
import { RealTrial } from './shrink-real.ts';
import { SimulatedTrial } from './shrink-simulated.ts';
import type { ShrinkResult, Trial } from './shrink-trial.ts';
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
  const trial: Trial = simulated
    ? new SimulatedTrial(anomaly)
    : new RealTrial(anomaly, into, { ...request, over });
  const start = (await trial.attempt(first)) ?? (await trial.again?.(plan));
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
