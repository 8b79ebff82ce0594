/**
 * The finest way to make a simulated failure small: every choice of its world (requests, deliveries,
 * timers, crashes) is a step, and steps are left out as long as the same thing goes wrong.
 */
import type { TraceEvent } from '../base/trace-event.ts';
import { checkHistory } from '../checkers/check.ts';
import type { History } from '../history/event.ts';
import type { Protocol } from '../protocols/machine.ts';
import { dataPathOf, loadProtocol } from '../protocols/protocols.ts';
import { replay } from '../sim/replay.ts';
import { type FailingRun, shrink, type Shrunk } from '../sim/shrink.ts';
import { WorldTrace } from '../sim/world-trace.ts';
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
  const judge = judgeOf(header);
  const options = { judge, checkEvery: run.failure === undefined ? 0 : 1 };
  const first = replay(protocol, run.world, run.steps, options);
  if (first.failure === undefined) return undefined;
  const wanted = run.failure?.name ?? 'history';
  if (first.failure.name !== wanted) return undefined;
  const failing: FailingRun = { config: run.world, steps: first.applied, failure: first.failure };
  return shrink(protocol, failing, {
    ...options,
    maxTries,
    // Steps know no clock: one that fires a timer early could break any lease. Bugs must be what breaks it.
    soundWithoutBugs: run.world.bugs.length > 0,
  });
}

function judgeOf(header: History['header']): (history: History) => string | undefined {
  return (history) => {
    const verdict = checkHistory({ ...history, header: { ...history.header, ...header } }, {});
    return verdict.valid === false ? verdict.anomalies[0]?.why : undefined;
  };
}

/** A list of steps, taken once more for its trace. The last event says what is wrong. */
export function traceOfSteps({ protocol, config, steps }: ShrunkSteps): TraceEvent[] {
  const events: TraceEvent[] = [];
  let taken = 0;
  const nowUs = (): number => steps[taken]?.atUs ?? 0;
  const witness = new WorldTrace(protocol, nowUs, (event) => events.push(event));
  replay(protocol, config, steps, { checkEvery: 0, witness, onStep: () => taken++ });
  return events;
}
