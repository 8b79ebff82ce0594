/**
 * The finest way to make a simulated failure small: every choice of its world (requests, deliveries,
 * timers, crashes) is a step, and steps are left out as long as the same thing goes wrong.
 */
import type { TraceEvent } from '../base/trace-event.ts';
import { checkHistory } from '../checkers/check.ts';
import { drawSvg } from '../diagram/draw-svg.ts';
import { drawText } from '../diagram/draw-text.ts';
import type { History } from '../history/event.ts';
import type { Protocol } from '../protocols/machine.ts';
import { dataPathOf, loadProtocol } from '../protocols/protocols.ts';
import { replay, type ReplayOptions } from '../sim/replay.ts';
import { type FailingRun, shrink, type Shrunk } from '../sim/shrink.ts';
import { showRun } from '../sim/show.ts';
import { WorldTrace } from '../sim/world-trace.ts';
import type { Failure } from '../sim/watcher.ts';
import type { Simulated } from './simulate-plan.ts';

export interface ShrinkStepsOptions {
  /** Bound on candidates. */
  readonly maxTries: number;
  /** Workload's initial value and kinds of checks, as the run's history has them. */
  readonly header: History['header'];
}

/** A failure in as few steps as do, and the protocol that takes them. */
export interface ShrunkSteps extends Shrunk {
  readonly protocol: Protocol;
}

/**
 * The failure of a run that was recorded with `record`. Where views play no part in it, the data path
 * alone shows it, without a single heartbeat. Undefined: steps alone do not show it.
 */
export function shrinkSteps(
  name: string,
  run: Pick<Simulated, 'world' | 'steps' | 'failure'>,
  options: ShrinkStepsOptions,
): ShrunkSteps | undefined {
  for (const protocol of [dataPathOf(name), loadProtocol(name)]) {
    const shrunk = protocol && shrinkWith(protocol, run, options);
    if (shrunk !== undefined) return { ...shrunk, protocol: protocol as Protocol };
  }
  return undefined;
}

function shrinkWith(
  protocol: Protocol,
  run: Pick<Simulated, 'world' | 'steps' | 'failure'>,
  { maxTries, header }: ShrinkStepsOptions,
): Shrunk | undefined {
  const options = failureOptions(run.failure?.kind ?? 'history', header);
  const first = replay(protocol, run.world, run.steps, options);
  if (first.failure === undefined) return undefined;
  if (first.failure.name !== (run.failure?.name ?? 'history')) return undefined;
  const failing: FailingRun = { config: run.world, steps: first.applied, failure: first.failure };
  return shrink(protocol, failing, {
    ...options,
    maxTries,
    // Steps know no clock: one that fires a timer early could break any lease. Bugs must be what breaks it.
    soundWithoutBugs: run.world.bugs.length > 0,
  });
}

/** How steps are taken so that this kind of failure comes out: what breaks inside hides what clients see. */
export function failureOptions(
  kind: Failure['kind'],
  header: History['header'] = { hermes: 1 },
): Pick<ReplayOptions, 'judge' | 'checkEvery'> {
  return kind === 'history' ? { judge: judgeOf(header), checkEvery: 0 } : { checkEvery: 1 };
}

function judgeOf(header: History['header']): (history: History) => string | undefined {
  return (history) => {
    const verdict = checkHistory({ ...history, header: { ...history.header, ...header } }, {});
    return verdict.valid === false ? verdict.anomalies[0]?.why : undefined;
  };
}

/** A list of steps, taken once more for its trace. */
function traceOfSteps({ protocol, config, steps }: Omit<ShrunkSteps, 'tries'>): TraceEvent[] {
  const events: TraceEvent[] = [];
  let taken = 0;
  const nowUs = (): number => steps[taken]?.atUs ?? 0;
  const witness = new WorldTrace(protocol, nowUs, (event) => events.push(event));
  replay(protocol, config, steps, { checkEvery: 0, witness, onStep: () => taken++ });
  return events;
}

/** Steps as files: for `parseRun`, for a terminal, for a page. */
export interface StepFiles {
  readonly steps: string;
  readonly text: string;
  readonly svg: string;
}

/** Pure: equal steps give equal files. */
export function filesOfSteps(run: Omit<ShrunkSteps, 'tries'>): StepFiles {
  const { protocol, config, steps, failure } = run;
  const events = traceOfSteps(run);
  const options = {
    title: titleOf(protocol.name, config.bugs),
    notes: [failure.message],
    // Times that only count the steps: no clock has a part in it.
    ...(steps.every(({ atUs }, i) => atUs === i + 1) && { clock: 'steps' as const }),
  };
  return {
    steps: showRun(protocol, config, steps, failureOptions(failure.kind)),
    text: drawText(events, options),
    svg: drawSvg(events, options),
  };
}

/** `hermes with read-while-invalid`. */
export function titleOf(protocol: string, bugs: readonly string[]): string {
  const name = protocol === dataPathOf('hermes')?.name ? 'hermes' : protocol;
  return bugs.length > 0 ? `${name} with ${bugs.join(', ')}` : name;
}
