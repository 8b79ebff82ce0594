/**
 * One seed, from plan to verdict: open the system, run clients and faults, check what was recorded,
 * write `results.json`, take the system down.
 */
import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type CheckRequest, joinVerdicts } from '../checkers/check.ts';
import { Follower } from '../checkers/online/follower.ts';
import type { Verdict } from '../checkers/verdict.ts';
import { openWriter } from '../history/batch-writer.ts';
import { openRecorder, type Recorder } from '../history/recorder.ts';
import { createRun, type RunFolder } from '../history/store.ts';
import type { History } from '../history/event.ts';
import type { System } from '../system/system.ts';
import { type CheckLimits, checkInWorker } from './check-in-worker.ts';
import { Drive, type Driven, type Progress } from './drive.ts';
import { gatherTrace } from './gather-trace.ts';
import { headerOf } from './history-header.ts';
import { judge } from './judge.ts';
import { makePlan } from './make-plan.ts';
import { judgeNodeLogs } from './node-logs.ts';
import type { Plan } from './plan.ts';
import { againLine } from './plan-request.ts';
import { readSamples } from './read-samples.ts';
import { type LoopDelay, makeResults, type Results } from './results.ts';
import { RunClock } from './run-clock.ts';
import { keyPrefixOf, type World } from './world.ts';

export interface FuzzRunOptions {
  readonly store: string;
  /** Leave the cluster running: always, or when the run was not valid. */
  readonly keep: 'never' | 'on-failure' | 'always';
  readonly allowMissingFaults: boolean;
  readonly check: CheckLimits;
  /** Regular expressions that no line of the nodes' logs may match. */
  readonly logPatterns?: readonly string[] | undefined;
  /** No further operation or fault once the history so far is invalid. */
  readonly stopOnViolation?: boolean | undefined;
  /** Run exactly this plan; absent: one is made of the world's request and the seed. */
  readonly plan?: Plan | undefined;
  /** What the replicas do is gathered in `trace.jsonl`. */
  readonly trace?: boolean | undefined;
  /** Draws the run, for `throughput.svg` in its folder; absent: no drawing. Pure. */
  readonly draw?: ((run: DrawnRun) => string) | undefined;
  /** Makes the page of the run, `report.html` in its folder; absent: none. Pure. */
  readonly page?: ((run: PagedRun) => string) | undefined;
  /** Finish cleanly and soon, judge what was recorded. */
  readonly interrupt: AbortSignal;
  /** Clean up now: the run throws the signal's reason. */
  readonly abort: AbortSignal;
}

/** What a drawing of a run is made of. */
export interface DrawnRun {
  readonly plan: Plan;
  readonly history: History;
  /** Lines of `events.jsonl`, without the samples of state. */
  readonly samples: readonly Readonly<Record<string, unknown>>[];
}

/** What the page of a run is made of. */
export interface PagedRun extends DrawnRun {
  readonly results: Results;
}

/** Who watches a run. All of it is told sideways; nobody answers. */
export interface FuzzObserver {
  onPlan?(plan: Plan, folder: RunFolder): void;
  /** A step of starting the system began. */
  onPhase?(phase: string): void;
  /** The first operation is about to begin; `look` shows the run whenever it is called. */
  onRunning?(look: () => Progress): void;
  onChecking?(): void;
}

export interface FuzzResult {
  readonly plan: Plan;
  readonly results: Results;
  readonly verdict: Verdict;
  readonly history: History;
  readonly folder: RunFolder;
}

/** Throws a `UserError` for what a person can mend; a run that went wrong is a result. */
export async function fuzzRun(
  world: World,
  seed: number,
  options: FuzzRunOptions,
  observer: FuzzObserver,
): Promise<FuzzResult> {
  const plan = options.plan ?? makePlan(world.request, seed, world.context);
  const { store } = options;
  const folder = await createRun({
    store,
    workload: plan.workload.name,
    seed,
    startedAt: new Date(),
  });
  await writeFile(folder.plan, `${JSON.stringify(plan, null, 2)}\n`);
  observer.onPlan?.(plan, folder);
  const opening = AbortSignal.any([options.interrupt, options.abort]);
  const run = runName();
  const system = await world.open(plan, {
    run,
    logDir: folder.nodes,
    trace: options.trace === true,
    onPhase: (phase) => observer.onPhase?.(phase),
    signal: opening,
  });
  try {
    return await runOn(system, { name: run, world, plan, folder, options, observer });
  } finally {
    await system.stop();
  }
}

interface Run {
  readonly name: string;
  readonly world: World;
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly options: FuzzRunOptions;
  readonly observer: FuzzObserver;
}

async function runOn(system: System, run: Run): Promise<FuzzResult> {
  const { plan, folder, options, observer } = run;
  const { driven, recorder, loopDelay, beganUs } = await record(system, run);
  const { traceHash } = system;
  observer.onChecking?.();
  const request: CheckRequest = {};
  const early = options.keep === 'never' ? system.stop() : undefined;
  const checked = await Promise.race([
    checkInWorker({ path: folder.history, request }, options.check),
    aborted(options.abort),
  ]);
  // A node that goes has its last words.
  await early;
  const logs = await judgeNodeLogs(folder.history, options.logPatterns);
  const verdict = judge(joinVerdicts([checked, ...logs]), driven, {
    ...options,
    mustServe: plan.sim !== undefined,
  });
  if (options.keep === 'always' || (options.keep === 'on-failure' && verdict.valid !== true))
    await keep(system);
  const { left } = await (early ?? system.stop());
  const { history } = recorder;
  // A simulated run has written its trace as it went on.
  if (options.trace === true && plan.sim === undefined) {
    const keyPrefix = keyPrefixOf(run.name);
    await gatherTrace(folder.nodes, folder.trace, { beganUs, keyPrefix, history });
  }
  const wanted = options.draw !== undefined || options.page !== undefined;
  const samples = wanted ? await readSamples(folder.events) : [];
  const shown: DrawnRun = { plan, history, samples };
  if (options.draw !== undefined) await writeFile(folder.throughput, options.draw(shown));
  const results = makeResults({
    plan,
    verdict,
    driven,
    events: history.events,
    // Virtual time waits for whoever is late.
    loopDelay: plan.sim === undefined ? loopDelay : { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    traceHash,
    folder,
    again:
      options.plan === undefined
        ? againLine(run.world.request, plan.seed, options)
        : `hermes replay ${folder.dir}`,
    left,
    drawn: { throughput: options.draw !== undefined, report: options.page !== undefined },
  });
  await writeFile(folder.results, `${JSON.stringify(results, null, 2)}\n`);
  if (options.page !== undefined)
    await writeFile(folder.report, options.page({ ...shown, results }));
  return { plan, results, verdict, history, folder };
}

interface Recorded {
  readonly driven: Driven;
  readonly recorder: Recorder;
  readonly loopDelay: LoopDelay;
  /** Monotonic time of this machine at which it began, µs. */
  readonly beganUs: number;
}

/** Runs the plan on the open system. Everything recorded is on disk when it returns. */
async function record(system: System, run: Run): Promise<Recorded> {
  const { plan, folder, options, observer, world } = run;
  const clock = new RunClock(system);
  const recorder = await openRecorder({
    path: folder.history,
    header: headerOf(plan, world.context.workload),
    nowNs: () => clock.nowNs(),
    onError: () => drive.interrupt(),
  });
  const events = await openWriter(folder.events);
  const { workload } = world.context;
  const drive = new Drive({
    plan,
    system,
    workload,
    clock,
    recorder,
    follower: new Follower(recorder.history.header),
    stopOnViolation: options.stopOnViolation,
    sample: (line) => events.push(line),
    onProgress: (look) => observer.onRunning?.(look),
  });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const undo = onAbort(options, drive);
  try {
    const driven = await Promise.race([drive.run(), aborted(options.abort)]);
    const beganUs = Number(process.hrtime.bigint() / 1000n) - Math.round(clock.nowNs() / 1000);
    return { driven, recorder, loopDelay: delayOf(delay), beganUs };
  } finally {
    undo();
    delay.disable();
    // Throws what the disk said, if it could not take the history.
    await Promise.all([recorder.close(), events.close()]);
  }
}

function onAbort({ interrupt }: FuzzRunOptions, drive: Drive): () => void {
  const stop = (): void => drive.interrupt();
  if (interrupt.aborted) stop();
  interrupt.addEventListener('abort', stop, { once: true });
  return () => interrupt.removeEventListener('abort', stop);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** A sampler of 5 ms: what it waits beyond that is delay. */
function delayOf(delay: { percentile(p: number): number; readonly max: number }): LoopDelay {
  const ms = (ns: number): number => Math.max(0, Math.round(ns / 1e4 - 500) / 100);
  return { p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), maxMs: ms(delay.max) };
}

async function keep(system: System): Promise<void> {
  if ('keep' in system && typeof system.keep === 'function')
    await (system.keep as () => Promise<void>)();
}

let runs = 0;

/** Short: it is part of the path of a socket. */
function runName(): string {
  runs += 1;
  return `fuzz-${process.pid.toString(36)}-${runs}`;
}
