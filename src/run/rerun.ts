/** A recorded plan, run once more on the world that it names. */
import { type FuzzObserver, type FuzzResult, fuzzRun, type FuzzRunOptions } from './fuzz-run.ts';
import type { Plan } from './plan.ts';
import { prepareWorld, type World } from './world.ts';

/** Throws a `UserError` where the world is not there: the cluster is down, the target's file is unknown. */
export async function worldOf(plan: Plan, system: string | undefined): Promise<World> {
  const cluster = /^cluster (.+)$/.exec(plan.runtime)?.[1];
  return prepareWorld({
    ...(plan.protocol !== '' && { protocol: plan.protocol }),
    ...(cluster === undefined ? { runtime: plan.runtime } : { cluster }),
    bugs: plan.bugs,
    nodes: plan.nodes.length,
    workload: plan.workload.module ?? plan.workload.name,
    system,
    // The plan holds its faults.
    nemesis: ['none'],
  });
}

/** Runs it into a folder of its own. */
export async function rerun(
  world: World,
  plan: Plan,
  options: Omit<FuzzRunOptions, 'plan'>,
  observer: FuzzObserver = {},
): Promise<FuzzResult> {
  return fuzzRun(world, plan.seed, { ...options, plan }, observer);
}
