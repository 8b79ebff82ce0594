/** The first line of a history: what a checker must know, so that it can be judged without its plan. */
import type { Workload } from '../clients/workload.ts';
import type { HistoryHeader } from '../history/event.ts';
import type { Plan } from './plan.ts';

export function headerOf(plan: Plan, workload: Workload): Omit<HistoryHeader, 'hermes'> {
  return {
    workload: workload.name,
    checks: workload.checks,
    ...(workload.model !== undefined && { model: workload.model }),
    ...(workload.initial !== undefined && { initial: workload.initial }),
    ...(workload.elementBytes !== undefined && { elementBytes: workload.elementBytes }),
    seed: plan.seed,
    nodes: plan.nodes,
  };
}
