/** How a planted bug is hunted in the worlds that are fast: all states of a small one, and simulated runs. */
import { explore } from '../explore/explore.ts';
import { parseConfiguration } from '../explore/configurations.ts';
import { hermesModel } from '../explore/hermes-model.ts';
import type { BugInfo } from '../protocols/machine.ts';
import { makePlan } from './make-plan.ts';
import type { PlanRequest } from './plan-request.ts';
import { simulatePlan } from './simulate-plan.ts';
import { prepareWorld } from './world.ts';

/** What it took. */
export interface Catch {
  /** States, seeds or runs: how many it took. */
  readonly effort: number;
  readonly seconds: number;
  /** What was wrong: an invariant, or an anomaly of the history. */
  readonly broke: string;
  /** Explored: steps of the shortest way there. */
  readonly steps?: number;
}

/** Where bugs are caught; `clients`: simulated, by the clients' history alone. */
export const WORLDS = ['explore', 'sim', 'clients', 'real'] as const;
export type HuntingGround = (typeof WORLDS)[number];

/** By ground: what it took, or that it was tried in vain so many times. */
export type Caught = Partial<
  Record<HuntingGround, Catch | { readonly tried: number; readonly seconds: number }>
>;

/** Explores the bug's configuration, breadth first. Undefined: it has none, or nothing was wrong. */
export async function huntExplored(
  bug: BugInfo,
  limits: { readonly states: number },
): Promise<Catch | undefined> {
  const bounds = typeof bug.explore === 'string' ? parseConfiguration(bug.explore) : undefined;
  if (bounds === undefined) return undefined;
  const options = { ...bounds.options, ...bug.options };
  const model = hermesModel({ ...bounds, options, bugs: [bug.name] });
  const { counterexample, search, seconds } = await explore(model, { limits });
  if (counterexample === undefined) return undefined;
  const { violation, steps } = counterexample;
  return { effort: search.distinct, seconds, broke: violation.name, steps: steps.length };
}

export interface SimulatedHunt {
  /** From 1. */
  readonly seeds: number;
  readonly seconds: number;
  /** False: the clients' history alone must show it. */
  readonly invariants: boolean;
}

/** Simulated runs, seed after seed, until one is invalid or the time is over. */
export async function huntSimulated(
  bug: BugInfo,
  { seeds, seconds, invariants }: SimulatedHunt,
): Promise<Catch | { readonly tried: number; readonly seconds: number }> {
  const world = await prepareWorld(simulatedRequest(bug));
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  for (let seed = 1; seed <= seeds; seed++) {
    if (passed() > seconds) return { tried: seed - 1, seconds: passed() };
    const plan = makePlan(world.request, seed, world.context);
    const { verdict, failure } = await simulatePlan(plan, { invariants: invariants ? 1 : 0 });
    if (verdict.valid !== false) continue;
    const broke = failure?.name ?? verdict.anomalies[0]?.type ?? verdict.checker;
    return { effort: seed, seconds: passed(), broke };
  }
  return { tried: seeds, seconds: passed() };
}

/** Small runs with all kinds of faults, unless the bug needs something else. */
export function simulatedRequest({ name, sim }: BugInfo): PlanRequest {
  const { nemesis = 'swarm', ...needs } = sim ?? {};
  return {
    concurrency: '10',
    ops: 400,
    ...needs,
    nemesis: [nemesis],
    bugs: [name],
    runtime: 'sim',
  };
}
