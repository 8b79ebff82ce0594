/** The simulated cluster that a plan asks for. */
import type { TraceEvent } from '../base/trace-event.ts';
import { UserError } from '../base/user-error.ts';
import type { Workload } from '../clients/workload.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { SimSystem } from '../sim/sim-system.ts';
import type { Plan } from './plan.ts';

export interface SimulatedSystemOptions {
  /** Machine invariants after every so many steps; 0: never. Default 1. */
  readonly invariants?: number | undefined;
  readonly trace?: ((event: TraceEvent) => void) | undefined;
  /** True: keeps the steps of the world. */
  readonly record?: boolean | undefined;
  /** Called once, when the system is stopped. */
  readonly onStop?: (() => Promise<void>) | undefined;
}

/** Things that happen between two looks at what else this thread has to do: a few ms. */
const STRETCH = 5_000;

/** Ready to be used: all nodes serve. Throws a `UserError` for a plan that is none of a simulated run. */
export function simulatedSystem(
  plan: Plan,
  workload: Pick<Workload, 'elementBytes'>,
  { invariants = 1, trace, record = false, onStop }: SimulatedSystemOptions = {},
): SimSystem {
  const protocol = loadProtocol(plan.protocol);
  if (protocol === undefined || plan.sim === undefined)
    throw new UserError(
      `this plan is one of the runtime "${plan.runtime}", for the system ${plan.system}.`,
      'The simulator runs our own replicas: --runtime sim.',
    );
  const system = new SimSystem({
    protocol,
    nodes: plan.nodes,
    seed: plan.seed,
    conditions: plan.sim,
    options: plan.options,
    bugs: plan.bugs,
    timeScale: plan.timing.scale,
    clientTimeoutMs: plan.clients.timeoutMs,
    wire: { elementBytes: workload.elementBytes ?? 0, valueBytes: plan.workload.valueBytes },
    invariants,
    record,
    trace,
    onStop,
    stretch: STRETCH,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  });
  system.ready();
  return system;
}
