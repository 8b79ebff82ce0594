/**
 * A plan, run in virtual time in this thread: the clients, faults, recorder and checkers of real runs on
 * a simulated cluster, in memory. Equal plans give equal results, to the last byte of their traces.
 */
import type { TraceEvent } from '../base/trace-event.ts';
import { checkHistory, joinVerdicts } from '../checkers/check.ts';
import type { Limits, Verdict } from '../checkers/verdict.ts';
import type { Workload } from '../clients/workload.ts';
import type { History } from '../history/event.ts';
import { recordInMemory } from '../history/recorder.ts';
import type { Step } from '../sim/step.ts';
import type { Failure } from '../sim/watcher.ts';
import type { WorldConfig } from '../sim/world-config.ts';
import { Drive, type Driven } from './drive.ts';
import { headerOf } from './history-header.ts';
import { judge } from './judge.ts';
import { logVerdicts, patternsOf } from './node-logs.ts';
import type { Plan } from './plan.ts';
import { RunClock } from './run-clock.ts';
import { simulatedSystem } from './simulated-system.ts';
import { loadWorkload } from './user-modules.ts';

export interface SimulateOptions {
  /** Absent: the one that the plan names is loaded. */
  readonly workload?: Workload;
  /** Machine invariants after every so many steps; 0: never. Default 1. */
  readonly invariants?: number;
  /** Is told what replicas and clients do; absent: it costs nothing. */
  readonly trace?: (event: TraceEvent) => void;
  /** True: `steps` holds every choice that was made. */
  readonly record?: boolean;
  /** False: the history is not judged. */
  readonly check?: boolean;
  readonly limits?: Limits;
  readonly allowMissingFaults?: boolean;
  /** Regular expressions that no line of the nodes' logs may match. */
  readonly logPatterns?: readonly string[] | undefined;
  /** Aborted: the run ends soon, and what was recorded is judged. */
  readonly signal?: AbortSignal;
}

export interface Simulated {
  readonly plan: Plan;
  readonly driven: Driven;
  readonly history: History;
  readonly verdict: Verdict;
  /** The invariant that broke, or the machine that threw, and in which step. */
  readonly failure: Failure | undefined;
  /** Equal for equal plans, whoever runs them, traced or not. */
  readonly traceHash: string;
  readonly figures: SimulatedFigures;
  /** The world and, on request, its steps: `replay` takes them again. */
  readonly world: WorldConfig;
  readonly steps: readonly Step[];
}

export interface SimulatedFigures {
  /** Messages handed to machines. */
  readonly messages: number;
  /** Inputs given to machines, and other steps of the world. */
  readonly steps: number;
  /** Operations that clients invoked. */
  readonly operations: number;
  /** Virtual time from the first operation to the last look. */
  readonly simulatedNs: number;
}

/** Configurations that a check may visit: enough for histories of thousands of operations. */
const LIMITS: Limits = { steps: 5_000_000 };

/** Throws a `UserError` for a plan that is none of a simulated run. */
export async function simulatePlan(plan: Plan, options: SimulateOptions = {}): Promise<Simulated> {
  const { module, name } = plan.workload;
  const workload = options.workload ?? (await loadWorkload(module ?? name)).value;
  const system = simulatedSystem(plan, workload, options);
  const clock = new RunClock(system);
  const recorder = recordInMemory({
    header: headerOf(plan, workload),
    nowNs: () => clock.nowNs(),
  });
  const drive = new Drive({ plan, system, workload, clock, recorder });
  const stop = (): void => drive.interrupt();
  options.signal?.addEventListener('abort', stop, { once: true });
  const driven = await drive.run();
  options.signal?.removeEventListener('abort', stop);
  const { history } = recorder;
  const { world, messages, traceHash } = system;
  const nodeLogs = system.allNodes.map((node) => ({ node, lines: system.logOf(node) }));
  const logs = logVerdicts(nodeLogs, patternsOf(options.logPatterns));
  return {
    plan,
    driven,
    history,
    verdict: judge(joinVerdicts([checkedOf(history, options), ...logs]), driven, {
      allowMissingFaults: options.allowMissingFaults ?? true,
      mustServe: true,
    }),
    failure: world.failure,
    traceHash,
    figures: {
      messages,
      steps: world.stepId,
      operations: driven.tally.invoked,
      simulatedNs: driven.durationNs,
    },
    world: world.config,
    steps: world.steps,
  };
}

function checkedOf(history: History, { check = true, limits = LIMITS }: SimulateOptions): Verdict {
  if (check) return checkHistory(history, { limits, verdictOnly: true });
  return { valid: true, checker: 'none', operations: 0, keys: 0 };
}
